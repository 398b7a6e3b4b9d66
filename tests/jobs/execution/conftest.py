from urllib.parse import urlsplit

import pytest

from jobs.execution import endings, retrying, watching
from jobs.execution.versions import forget_versions
from jobs.nodes import add_node, check_node
from tests.e2e.conformance.server import CpuNode
from tests.jobs.execution.running import NodeSide
from tests.jobs.lifecycle import rows


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Empty the cache of preset versions: only tests change versions."""
    forget_versions()


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def hurried(monkeypatch):
    """Shorten the intervals between looks and the pauses between tries."""
    for name, seconds in {"POLL_S": 0.3, "POLL_DEAF_S": 0.05, "LOOK_S": 0.1, "STUCK_S": 1.0}.items():
        monkeypatch.setattr(watching, name, seconds)
    monkeypatch.setattr(endings, "FIRST_BACKOFF_S", 0.01)
    monkeypatch.setattr(retrying, "PAUSES_S", (0.01, 0.02))
    monkeypatch.setattr(retrying, "STORAGE_PAUSES_S", (0.01, 0.02, 0.02))


@pytest.fixture
def node(registered_node, cpu_node, hurried):
    """Direct access to the shared node; its faults and prompts are removed at the end."""
    side = NodeSide(cpu_node)
    side.set_faults(reset=True)
    yield side
    side.close()


class MortalNode:
    """A node for one test, which may kill it and start it again at the same address."""

    def __init__(self, folder, name, *options):
        self.folder, self.name = folder, name
        self.process = CpuNode(folder, 0, *options)
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
    """`mortal_node(name, *options)` starts another node."""
    nodes = []

    def start(name="mortal", *options):
        nodes.append(MortalNode(tmp_path / name, name, *options))
        return nodes[-1]

    yield start
    for node in nodes:
        node.stop()
