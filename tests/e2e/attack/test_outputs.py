"""A node sends files that are large, or that run programs when somebody opens them. Memory and programs are watched."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from benchmarks.processes import Process
from tests.e2e.attack.harness import MIB, TREE
from tests.e2e.product.serving import PATIENCE_S, Product, serving
from tests.e2e.product.test_hostile_uploads import memory
from tests.e2e.product.visitor import Visitor
from tests.jobs.uploads import raw_files
from tests.services.process import free_port, wait_until

PRESET = "trial_steps"
MOST_MIB = 200
LARGEST = (10_000, 8_000)
POSTSCRIPT = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n%%EndComments\n0 0 20 20 rectfill showpage\n%%EOF\n"
)
LIES: dict[str, Callable[[], bytes]] = {
    "EPS": lambda: POSTSCRIPT,
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "PNG of 900 megapixels": lambda: raw_files.png(30_000, 30_000, 1, 0, bytes(3_750)),
}


@pytest.fixture(scope="module")
def lie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the node serves."""
    return tmp_path_factory.mktemp("lie") / "file"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, lie: Path) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("node")
    module = ["-m", "tests.e2e.attack.lying_node", str(lie), "--data-dir", str(folder), "--test-nodes"]
    node = Process([*module, "--port", str(free_port())], log=folder / "node.log", ready="CPU node ready on")
    try:
        with serving(tmp_path_factory.mktemp("product"), nodes=0, tree=TREE) as served:
            served.manage("presets", "import", f"benchmarks/presets/{PRESET}")
            served.manage("nodes", "add", node.start(), "--name", "liar")
            yield served
    finally:
        node.kill()


@pytest.fixture(scope="module")
def someone(product: Product) -> Iterator[Visitor]:
    visitor = Visitor(product.url, "someone@example.org")
    product.endow("someone@example.org")
    yield visitor
    visitor.close()


def _run(product: Product, someone: Visitor, *formats: str) -> list[tuple[str, str]]:
    """Runs a job of each format at the same time; returns (status, error code) of each."""
    before = product.rows("SELECT count(*) FROM jobs_job")[0][0]
    for format in formats:
        form = {"preset": PRESET, "key": str(uuid.uuid4()), "p-seconds": "0", "output_format": format}
        assert someone.post("/new/", form).status_code == 302
    wait_until(
        lambda: not product.rows("SELECT 1 FROM jobs_job WHERE finished_at IS NULL"),
        "a job does not end",
        PATIENCE_S,
    )
    query = "SELECT status, error_code FROM jobs_job ORDER BY created_at LIMIT 10 OFFSET ?"
    return product.rows(query, before)


@contextmanager
def _programs(product: Product) -> Iterator[set[str]]:
    """Yields the names of the programs that the product started within the block."""
    seen, over = set(), threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            for process in psutil.Process(product.pid).children(recursive=True):
                try:
                    seen.add(process.name())
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _start_watching(product: Product) -> int:
    Path(f"/proc/{product.pid}/clear_refs").write_text("5")  # resets the peak, VmHWM (proc(5))
    return memory(product.pid, "VmRSS")


def _growth_mib(product: Product, before: int) -> float:
    return (memory(product.pid, "VmHWM") - before) / MIB


def test_two_of_the_largest_results_pass_in_pieces(product, someone, lie, report):
    row = bytes(range(250)) * 120
    lie.write_bytes(raw_files.png(*LARGEST, 8, 2, row))
    before = _start_watching(product)
    ended = _run(product, someone, "jpeg", "png")
    growth = _growth_mib(product, before)
    report("two results of 80 megapixels", worker_growth_mib=growth)
    assert ended == [("completed", "")] * 2
    assert growth <= MOST_MIB


@pytest.mark.parametrize("kind", LIES)
def test_what_is_no_picture_is_refused_unopened(product, someone, lie, report, kind):
    lie.write_bytes(LIES[kind]())
    before = _start_watching(product)
    with _programs(product) as programs:
        ended = _run(product, someone, "png")
    growth = _growth_mib(product, before)
    others = {name for name in programs if not name.startswith("python")}
    report(f"a node sends {kind}", worker_growth_mib=growth, programs_run=len(others))
    assert ended == [("failed", "bad_output")]
    assert (others, growth <= MOST_MIB) == (set(), True)
