from urllib.parse import urlsplit

import pytest

from jobs.execution import endings, patience, prompt
from jobs.execution.versions import forget_versions
from jobs.nodes import add_node, check_node
from tests.conformance.server import CpuNode
from tests.execution.running import NodeSide
from tests.lifecycle import rows


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Tests change versions, which nobody else does."""
    forget_versions()


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def hurried(monkeypatch):
    """The same looks and pauses, closer together."""
    for name, seconds in {"POLL_S": 0.3, "POLL_DEAF_S": 0.05, "LOOK_S": 0.1, "STUCK_S": 1.0}.items():
        monkeypatch.setattr(prompt, name, seconds)
    monkeypatch.setattr(endings, "FIRST_BACKOFF_S", 0.01)
    monkeypatch.setattr(patience, "PAUSES_S", (0.01, 0.02))
    monkeypatch.setattr(patience, "STORAGE_PAUSES_S", (0.01, 0.02, 0.02))


@pytest.fixture
def node(registered_node, cpu_node, hurried):
    """The shared node's own view; without faults and without prompts at the end."""
    side = NodeSide(cpu_node)
    side.set_faults(reset=True)
    yield side
    side.close()


class MortalNode:
    """A node of the test's own, which it may kill and start again at the same address."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.process = CpuNode(folder)
        self.url = self.process.url
        self.row = add_node(name=name, url=self.url)
        assert check_node(self.row)

    def set_faults(self, **faults):
        side = NodeSide(self.url)
        side.set_faults(**faults)
        side.http.close()

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def restart(self):
        self.stop()
        self.process = CpuNode(self.folder, urlsplit(self.url).port)


@pytest.fixture
def mortal_node(db, tmp_path, hurried):
    """`mortal_node(name)` starts one more."""
    nodes = []

    def start(name="mortal"):
        nodes.append(MortalNode(tmp_path / name, name))
        return nodes[-1]

    yield start
    for node in nodes:
        node.stop()
