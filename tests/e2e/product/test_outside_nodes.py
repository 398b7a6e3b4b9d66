"""`make run` with nodes that were started elsewhere: each has one prompt running and one staged."""

import uuid
from collections import Counter
from io import BytesIO

import pytest
from PIL import Image

from tests.e2e.conformance.server import CpuNode
from tests.e2e.product.serving import PATIENCE_S, serving
from tests.e2e.product.visitor import Visitor
from tests.jobs.execution.running import NodeSide
from tests.services.process import wait_until

pytestmark = pytest.mark.services
EMAIL = "someone@example.org"
JOB_S, STEPS = 5.0, 65  # the graph of "cinematic" has 65 nodes

NODE_OF_ATTEMPT = "SELECT name FROM jobs_attempt JOIN jobs_node ON jobs_node.id = node_id"


@pytest.fixture
def outside(tmp_path):
    """`outside(name)` starts a node beside the product, on which every prompt takes JOB_S."""
    started = []

    def start(name):
        started.append(CpuNode(tmp_path / name))
        side = NodeSide(started[-1].url)
        side.set_faults(node_delay_ms=JOB_S / STEPS * 1000)
        return side

    yield start
    for node in started:
        node.stop()


@pytest.fixture
def product(tmp_path):
    with serving(tmp_path / "product", nodes=0) as served:
        yield served


@pytest.fixture
def visitor(product):
    someone = Visitor(product.url, EMAIL)
    product.endow(EMAIL)
    yield someone
    someone.close()


def submit(visitor, count):
    """Submit that many jobs in one batch, each with a photo of its own."""
    uploads = []
    for number in range(count):
        content = BytesIO()
        Image.new("RGB", (64, 48), (number, 90, 120)).save(content, "PNG")
        uploads.append(visitor.upload(f"{number}.png", content.getvalue()).json()["id"])
    assert visitor.start("cinematic", uploads, str(uuid.uuid4())).status_code == 302


def finished(product):
    return product.rows("SELECT count(*) FROM jobs_job WHERE status = 'completed'")[0][0]


def wait_until_full(nodes):
    wait_until(
        lambda: {len(node.queue()) for node in nodes.values()} == {2}, "a node is not full", PATIENCE_S
    )


def test_nodes_from_elsewhere_are_full_and_one_that_is_added_fills_too(product, visitor, outside):
    nodes = {name: outside(name) for name in ("gpu-1", "gpu-2")}
    for name, node in nodes.items():
        product.manage("nodes", "add", node.url, "--name", name)
    submit(visitor, 8)
    wait_until_full(nodes)
    wait_until(lambda: finished(product) == 8, "no eight results", PATIENCE_S)
    ran = Counter(name for (name,) in product.rows(NODE_OF_ATTEMPT))
    assert ran == {"gpu-1": 4, "gpu-2": 4}

    nodes["gpu-3"] = outside("gpu-3")
    product.manage("nodes", "add", nodes["gpu-3"].url, "--name", "gpu-3")
    submit(visitor, 8)
    wait_until_full(nodes)
