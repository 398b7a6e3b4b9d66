import pytest

from tests.tasks import entries


@pytest.fixture
def schedule(db):
    entries.add()
