"""One suite for every ComfyUI server: our CPU node, which the suite starts, or the server at COMFYUI_URL.

A test that needs faults or test nodes is skipped if the server at COMFYUI_URL does not offer them. The CPU
node must offer everything, so the test fails there instead.
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
    """Runs the test with the server's own routes, then with those of a ComfyUI before 0.6."""
    if request.param == "as it is":
        yield
        return
    offered_or_skipped(server.has_faults, "faults")
    server.set_faults(old_node=True)
    yield
    server.set_faults(reset=True)


@pytest.fixture
def cpu_node_dir(tmp_path):
    """A data folder for the test's own CPU node, which the test may kill."""
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
