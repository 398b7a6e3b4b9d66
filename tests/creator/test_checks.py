"""System checks of the project as a whole."""

from dataclasses import replace

import pytest
from django.core.checks import run_checks

from creator.config import Config


@pytest.mark.parametrize(
    ("address", "pool", "found"),
    [
        ("postgres://someone@127.0.0.1/none", 18, []),
        ("postgres://someone@127.0.0.1/none", 17, ["creator.W002"]),
        ("", 1, []),
    ],
)
def test_a_worker_has_a_connection_for_each_thread_and_two_more(settings, address, pool, found):
    settings.CONFIG = replace(settings.CONFIG, database_url=address, database_pool=pool, worker_threads=16)
    assert [message.id for message in run_checks(databases=[]) if message.id == "creator.W002"] == found


def test_the_defaults_fit_together():
    defaults = Config.__dataclass_fields__
    assert defaults["database_pool"].default == defaults["worker_threads"].default + 2
