import pytest

from tests.jobs.execution.running import NodeSide
from tests.jobs.lifecycle import rows


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(registered_node, cpu_node):
    """Direct access to the shared node; its faults are reset before and after the test."""
    side = NodeSide(cpu_node)
    side.set_faults(reset=True)
    yield side
    side.close()
