"""Anonymous connections: endless heads, silence, and heads that never end."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from tests.e2e.attack.harness import MIB, TREE, p95, time_each, watching_memory
from tests.e2e.attack.people import ROOT, Person, crowd
from tests.e2e.product.serving import Product, serving
from tests.services.process import wait_until

PIECE = b"a" * 65536
LONGEST_S = 15
PHOTO = ROOT / "tests/golden/photos/chelsea.jpg"
USUAL_LIMIT = 1024
"""File descriptors that most systems give a process that asks for no more."""


@contextmanager
def few_descriptors() -> Iterator[None]:
    """Processes that start within the block may open USUAL_LIMIT files, unless they raise that limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL_LIMIT, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def waits_for(look: Callable[[], bool]) -> bool:
    """Whether it becomes true soon."""
    with suppress(RuntimeError):
        wait_until(look, "it did not happen", 20)
        return True
    return False


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with few_descriptors():
        started = serving(tmp_path_factory.mktemp("attack"), tree=TREE)
        served = started.__enter__()
    yield served
    started.__exit__(None, None, None)


@pytest.fixture(scope="module")
def honest(product: Product) -> Person:
    return Person(product, "honest")


@pytest.mark.parametrize(
    ("what", "begin"),
    [
        ("headers", b"GET / HTTP/1.1\r\nHost: x\r\nX: "),
        ("address", b"GET /"),
        ("trailers", b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "),
    ],
)
def test_endless_heads(product: Product, report: Callable[..., None], what: str, begin: bytes) -> None:
    sent = 0
    with (
        watching_memory(product.pid) as memory,
        suppress(OSError),
        socket.create_connection(("127.0.0.1", urlsplit(product.url).port), 20) as attacker,
    ):
        attacker.sendall(begin)
        until = time.monotonic() + LONGEST_S
        while sent < 300 * MIB and time.monotonic() < until:
            attacker.sendall(PIECE)
            sent += len(PIECE)
    report(f"300 MiB of {what} on one connection", sent_mib=sent / MIB, web_growth_mb=memory.growth)
    assert sent < 16 * MIB
    assert memory.growth < 100


@pytest.mark.parametrize("kind", ["silent", "half"])
def test_idle_connections(product: Product, honest: Person, report: Callable[..., None], kind: str) -> None:
    alone = p95(time_each(honest.page, 30))
    loaded: list[bool] = []
    with crowd(product, kind, 1100):
        with watching_memory(product.pid) as memory:
            during = p95(time_each(lambda: loaded.append(honest.page()), 30 if honest.page() else 3))
        job = honest.start_job(PHOTO) if all(loaded) else ""
        done = bool(job) and waits_for(lambda: honest.status_of(job) == "completed")
    report(
        f"1,100 connections: {kind}",
        alone_p95_s=alone,
        during_p95_s=during,
        pages_lost=loaded.count(False),
        jobs_done=done,
        web_growth_mb=memory.growth,
    )
    assert all(loaded)
    assert done
    assert memory.growth < 100
    assert during <= 2 * alone
