"""One person sends files that keep decoders busy, many at a time; others upload photos meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest

from benchmarks.pictures import make_camera_photo
from tests.e2e.attack.harness import TREE, p95, time_each
from tests.e2e.product.serving import PATIENCE_S, Product, serving
from tests.e2e.product.visitor import Visitor
from tests.jobs.uploads.corpus_slow import many_scans, slow_files
from tests.services.process import wait_until

AT_ONCE = 30
NO_ANSWER = 0
MOST_S = 30
"""An answer that takes longer is not waited for."""
LOOKS = 6
GOLDEN = Path(__file__).parents[2] / "golden/photos/astronaut_tests_only.jpg"
SLOW = {
    "50,000 scans": lambda: many_scans(50_000, size=(3000, 2000)),
    "compressed XMP": slow_files()["xmp.png"],
    "as slow as is taken": lambda: many_scans(90, size=(5600, 4200)),
}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(tmp_path_factory.mktemp("product"), nodes=0, tree=TREE) as served:
        yield served


@pytest.fixture(scope="module")
def honest(product: Product) -> Iterator[Visitor]:
    yield from _visitor(product, product.url, "honest@example.org")


@pytest.fixture(scope="module")
def flooder(product: Product) -> Iterator[Visitor]:
    yield from _visitor(product, product.url, "flooder@example.org")


def _visitor(product: Product, url: str, email: str) -> Iterator[Visitor]:
    someone = Visitor(url, email)
    product.endow(email)
    yield someone
    someone.close()


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    return make_camera_photo(GOLDEN, path, width=4000, height=3000).read_bytes()


def _upload(visitor: Visitor, photo: bytes) -> None:
    """Sends the photo until it is taken, as the page does. An answer that never comes counts with its whole wait."""
    while (status := _status(visitor, photo)) not in (201, NO_ANSWER):
        assert status in (429, 503)


def _status(visitor: Visitor, content: bytes) -> int:
    """The status of the answer. After a refusal it waits for as long as that says."""
    try:
        answer = visitor.upload("photo.jpg", content)
    except httpx2.TimeoutException:
        return NO_ANSWER
    if "Retry-After" in answer.headers:
        time.sleep(float(answer.headers["Retry-After"]))
    return answer.status_code


@contextmanager
def _flood(flooder: Visitor, content: bytes) -> Iterator[list[int]]:
    """Sends the file over and over, AT_ONCE at a time; yields the statuses of the answers so far.

    A refusal's pause is kept, because a flood of requests would be another attack.
    """
    over, statuses = threading.Event(), []

    def send() -> None:
        while not over.is_set():
            statuses.append(_status(flooder, content))

    threads = [threading.Thread(target=send, daemon=True) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        patience = time.monotonic() + MOST_S
        for thread in threads:
            thread.join(max(0.0, patience - time.monotonic()))


def _decoders(product: Product) -> list[psutil.Process]:
    """The children that decode now: each works in a folder of its own below the data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            where = process.cwd()
        except psutil.Error:
            continue
        if where.startswith(str(product.data_dir)) and "decoding-" in where:
            found.append(process)
    return found


@pytest.mark.parametrize("kind", SLOW)
def test_others_upload_as_before(product, honest, flooder, photo, report, kind):
    _upload(honest, photo)
    alone = time_each(lambda: _upload(honest, photo), LOOKS)
    with _flood(flooder, SLOW[kind]()) as statuses:
        wait_until(lambda: _decoders(product) or statuses, "the flood has no effect", PATIENCE_S)
        meanwhile = time_each(lambda: _upload(honest, photo), LOOKS)
    report(
        f"decoders, {kind}",
        alone_p95_s=p95(alone),
        meanwhile_p95_s=p95(meanwhile),
        ratio=p95(meanwhile) / p95(alone),
        flooded=len(statuses),
        refused_429=statuses.count(429),
        refused_503=statuses.count(503),
    )
    assert set(statuses) <= {201, 422, 429, 503}
    assert p95(meanwhile) <= 2 * p95(alone)


def test_web_processes_share_the_turns(product, flooder, photo, report):
    most = 0
    with _second_web(product) as url:
        others = [Visitor(url, f"second-{number}@example.org") for number in range(2)]
        with _flood(flooder, SLOW["as slow as is taken"]()), _flood(others[0], photo):
            for _ in range(200):
                most = max(most, len(_decoders(product)))
                time.sleep(0.05)
            _upload(others[1], photo)
        for each in others:
            each.close()
    report("decoders, two web processes", decoders_at_once=most)
    assert most <= max(2, os.cpu_count() or 1)


@contextmanager
def _second_web(product: Product) -> Iterator[str]:
    """Another web process on the same data."""
    command = [product.python, "manage.py", "web", "--port", "0"]
    with subprocess.Popen(
        command, cwd=product.tree, env=product.environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            url = next(line.split()[-1] for line in process.stdout if line.startswith("Web is on"))
            wait_until(lambda: _answers(url), "the second web process does not answer", PATIENCE_S)
            yield url
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def test_killed_decoders_cost_a_repeat_at_most(product, honest, flooder, photo, report):
    killed = 0
    with _flood(flooder, SLOW["as slow as is taken"]()) as statuses:
        for _ in range(3):
            decoder = wait_until(lambda: _decoders(product), "nothing is decoded", PATIENCE_S)[0]
            killed += _kill_parent(decoder, product)
            _upload(honest, photo)
    report("decoders, their parent killed", killed=killed, answered=len(statuses))
    assert set(statuses) <= {201, 422, 429, 503}
    assert killed or TREE


def _kill_parent(decoder: psutil.Process, product: Product) -> int:
    """Kills the process that started the decoder, unless that is the server."""
    try:
        parent = decoder.ppid()
    except psutil.Error:
        return 0
    if parent in (0, 1, product.pid):
        return 0
    os.kill(parent, signal.SIGKILL)
    return 1
