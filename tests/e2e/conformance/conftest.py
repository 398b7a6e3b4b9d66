"""One suite for every ComfyUI: the CPU node, started here, or the server named by COMFYUI_URL.

A test that needs faults or test nodes is skipped where the server does not offer them; the CPU node offers
everything, so there a skip is a failure.
"""

import os
from pathlib import Path

import pytest

from tests.e2e.conformance.server import CpuNode, Server

GIVEN_URL = os.environ.get("COMFYUI_URL", "")
PHOTO = Path(__file__).resolve().parents[2] / "golden/nodes/inputs/chelsea_97x61.png"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.services)


@pytest.fixture(scope="session")
def node_url(tmp_path_factory):
    if GIVEN_URL:
        yield GIVEN_URL
        return
    node = CpuNode(tmp_path_factory.mktemp("node"))
    yield node.url
    node.stop()


@pytest.fixture(scope="session")
def server(node_url):
    server = Server(node_url)
    yield server
    server.close()


@pytest.fixture
def test_nodes(server):
    offered_or_skipped(server.has_test_nodes, "test nodes")


@pytest.fixture
def faults(server):
    offered_or_skipped(server.has_faults, "faults")
    yield server.set_faults
    server.set_faults(reset=True)


@pytest.fixture(params=["as it is", "without /api/jobs"])
def routes(request, server):
    """The server's own routes, then those of one before 0.6."""
    if request.param == "as it is":
        yield
        return
    offered_or_skipped(server.has_faults, "faults")
    server.set_faults(old_node=True)
    yield
    server.set_faults(reset=True)


@pytest.fixture
def cpu_node_dir(tmp_path):
    """A folder for a CPU node of the test's own, which it may kill."""
    offered_or_skipped(not GIVEN_URL, "restarts")
    return tmp_path


@pytest.fixture(scope="session")
def photo():
    return PHOTO.read_bytes()


@pytest.fixture(scope="session")
def uploaded(server, photo):
    return server.client.upload_image(photo, name="chelsea-conformance.png")


def offered_or_skipped(offered, what):
    if not offered:
        assert GIVEN_URL, f"the CPU node has to offer {what}"
        pytest.skip(f"this server offers no {what}")
