"""One person's sockets and streams: what they cost the site, and how long others wait for a first message."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.e2e.attack.harness import MIB, TREE, p95, time_each, watching_memory
from tests.e2e.attack.people import ROOT, Person, crowd
from tests.e2e.product.serving import Product, serving

PHOTO = ROOT / "tests/golden/photos/chelsea.jpg"
WATCHED = 100
"""MAX_SOCKETS_PER_PERSON."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(tmp_path_factory.mktemp("attack"), tree=TREE) as served:
        yield served


@pytest.fixture(scope="module")
def attacker(product: Product) -> Person:
    return Person(product, "attacker")


@pytest.fixture(scope="module")
def honest(product: Product) -> Person:
    return Person(product, "honest")


def test_messages_that_nobody_reads(product: Product, attacker: Person, report: Callable[..., None]) -> None:
    headers = {"Cookie": attacker.cookie, "Origin": product.url}
    with watching_memory(product.pid) as memory, ExitStack() as stack:
        for _ in range(20):
            with suppress(ConnectionClosed):
                socket = stack.enter_context(
                    connect(
                        f"{product.url.replace('http', 'ws', 1)}/ws/me",
                        additional_headers=headers,
                        proxy=None,
                        close_timeout=1,
                    )
                )
                socket.send(b"a" * (15 * MIB))
        time.sleep(1)
    report("20 sockets with messages of 15 MiB", web_growth_mb=memory.growth)
    assert memory.growth < 100


def test_hundreds_of_sockets(
    product: Product, attacker: Person, honest: Person, report: Callable[..., None]
) -> None:
    crowded = partial(crowd, product, "socket", 300, "/ws/me", attacker.cookie)
    _others_hear_at_once(product, honest, crowded, partial(report, "300 sockets of one person"))


def test_hundreds_of_event_streams(
    product: Product, attacker: Person, honest: Person, report: Callable[..., None]
) -> None:
    product.manage("nodes", "drain", "cpu-1")  # so that the job waits
    job = attacker.start_job(PHOTO)
    crowded = partial(crowd, product, "stream", 600, f"/api/v1/jobs/{job}/events", attacker.key)
    _others_hear_at_once(product, honest, crowded, partial(report, "600 event streams of one key"))


def _others_hear_at_once(
    product: Product,
    honest: Person,
    crowded: Callable[[], AbstractContextManager[list[int]]],
    report: Callable[..., None],
) -> None:
    """Measures an honest person's first messages alone and within `crowded`, which yields how many were accepted."""
    alone = p95(time_each(honest.first_message, 30))
    with watching_memory(product.pid) as memory, crowded() as open_:
        during = p95(time_each(honest.first_message, 30))
    report(alone_p95_s=alone, during_p95_s=during, accepted=open_[0], web_growth_mb=memory.growth)
    assert open_[0] <= WATCHED
    assert memory.growth < 100
    assert during <= 2 * alone
