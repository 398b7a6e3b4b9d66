"""One of two nodes answers every call of a run viciously, though it passes its checks; the other works on."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image

from jobs.comfy import is_probe
from tests.e2e.attack.harness import TREE, watching_memory
from tests.e2e.product.serving import PATIENCE_S, Product, serving
from tests.e2e.product.visitor import Visitor
from tests.jobs.execution.malicious import OF_A_RUN, VICES, Malicious
from tests.services.process import wait_until

EMAIL = "someone@example.org"
SHORT = {"NODE_ANSWER_SECONDS": "2", "NODE_FILE_SECONDS": "4", "NODE_FILE_MIB": "64"}
JOBS, COUNTED, PROMPT_MS = 14, 9, 400
LEAST_SHARE = 0.9
MOST_MB = 200
DONE_BY = """
SELECT attempt.node_done_at, gpu_seconds FROM jobs_attempt AS attempt JOIN jobs_node AS node ON node.id = node_id
 WHERE node.name = 'cpu-1' AND outcome = 'completed' AND attempt.id > ? ORDER BY 1
"""
NEWEST = "SELECT COALESCE(MAX(id), 0) FROM jobs_attempt"
OPEN = "SELECT count(*) FROM jobs_job WHERE status IN ('queued', 'processing')"
TRIES = "SELECT count(*) FROM jobs_attempt JOIN jobs_node ON jobs_node.id = node_id WHERE name = 'vicious' AND jobs_attempt.id > ?"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(tmp_path_factory.mktemp("product"), nodes=1, tree=TREE, **SHORT) as served:
        served.set_faults(delay_ms=PROMPT_MS)
        yield served


@pytest.fixture(scope="module")
def visitor(product: Product) -> Iterator[Visitor]:
    someone = Visitor(product.url, EMAIL)
    product.endow(EMAIL)
    yield someone
    someone.close()


@pytest.fixture(scope="module")
def vicious(product: Product) -> Iterator[Malicious]:
    ((url,),) = product.rows("SELECT url FROM jobs_node")
    node = Malicious(url, spared=is_probe)
    product.manage("nodes", "add", node.url, "--name", "vicious")
    yield node
    node.close()


def _busy(product: Product, visitor: Visitor) -> float:
    """Submits JOBS new jobs; the share of time that cpu-1 works from the end of its first to that of its COUNTEDth.

    By its own clock, so that a busy machine, on which each prompt takes longer, makes no difference.
    """
    ((newest,),) = product.rows(NEWEST)
    uploads = []
    for number in range(JOBS):
        content = BytesIO()
        Image.new("RGB", (64, 48), tuple(os.urandom(3))).save(content, "PNG")
        uploads.append(visitor.upload(f"{number}.png", content.getvalue()).json()["id"])
    assert visitor.start("mono_film", uploads, str(uuid.uuid4())).status_code == 302
    made = wait_until(lambda: _made(product, newest), "the honest node has stopped", PATIENCE_S)
    passed = datetime.fromisoformat(made[-1][0]) - datetime.fromisoformat(made[0][0])
    return sum(seconds for _, seconds in made[1:]) / passed.total_seconds()


def _made(product: Product, newest: int) -> list[tuple[str, float]]:
    made = product.rows(DONE_BY, newest)
    return made[:COUNTED] if len(made) >= COUNTED or not product.rows(OPEN)[0][0] else []


@pytest.mark.parametrize("vice", VICES)
def test_another_node_works_on(
    vice: str, product: Product, visitor: Visitor, vicious: Malicious, report
) -> None:
    """The machine's load changes, so the same is measured just before without the vicious node."""
    product.manage("nodes", "drain", "vicious")
    with watching_memory(product.pid):
        alone = _busy(product, visitor)
    wait_until(lambda: product.rows(OPEN)[0][0] == 0, "a job has not ended", PATIENCE_S)
    vicious.vices = dict.fromkeys(OF_A_RUN, vice)
    product.manage("nodes", "enable", "vicious")
    ((newest,),) = product.rows(NEWEST)
    with watching_memory(product.pid) as memory:
        share = _busy(product, visitor) / alone
    vicious.vices = {}
    ((tries,),) = product.rows(TRIES, newest)
    report(f"a node answers: {vice}", share_of_the_other=share, prompts_tried=tries, memory_mb=memory.growth)
    wait_until(lambda: product.rows(OPEN)[0][0] == 0, "a job has not ended", PATIENCE_S)
    product.manage("ledger_audit")
    assert memory.growth <= MOST_MB
    assert share >= LEAST_SHARE
