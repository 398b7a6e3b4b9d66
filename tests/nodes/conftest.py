import pytest

from tests.execution.running import NodeSide
from tests.lifecycle import rows


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(registered_node, cpu_node):
    """The shared node's own view; without faults at the end."""
    side = NodeSide(cpu_node)
    side.set_faults(reset=True)
    yield side
    side.close()
