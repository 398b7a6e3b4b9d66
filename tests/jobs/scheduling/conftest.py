import pytest

from tests.jobs.lifecycle import rows


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(db):
    return rows.make_node()
