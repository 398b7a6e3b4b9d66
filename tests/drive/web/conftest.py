"""A browser of the person whose folders are watched, and the jobs that pages show."""

import pytest
from django.test import Client

from tests.creator.roles.askers import _browser
from tests.jobs.web.conftest import able_node, make_job, make_upload  # noqa: F401  (fixtures)


@pytest.fixture
def browser(person) -> Client:
    """Signed in, with a recent proof of who it is."""
    person.set_password("plum-orbit-lantern-93")
    person.save()
    return _browser(person)
