"""A revoked key has nothing open after a second: on both of two web processes, with and without Redis."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from itertools import product
from queue import Empty, SimpleQueue
from statistics import median

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.e2e.degradation.installation import PATIENCE_S, Installation, away

pytestmark = [pytest.mark.services, pytest.mark.chaos]
KEYS = 10
Told = SimpleQueue[Future[tuple[float, int]] | None]
"""None for each who has opened what they watch; the future of each who has ended."""
SCOPES = ("jobs:read", "jobs:write", "account:read", "account:write")


def close_of_socket(url: str, job: str, key: str, opened: Callable[[], None]) -> tuple[float, int]:
    """When the server closed the socket, and with which code."""
    where = f"{url.replace('http', 'ws', 1)}/ws/jobs/{job}"
    with connect(where, additional_headers={"X-API-Key": key}, proxy=None, open_timeout=PATIENCE_S) as socket:
        socket.recv(PATIENCE_S)
        opened()
        try:
            while True:
                socket.recv(PATIENCE_S)
        except ConnectionClosed as closed:
            return time.monotonic(), closed.rcvd.code if closed.rcvd else 0


def end_of_stream(url: str, job: str, key: str, opened: Callable[[], None]) -> tuple[float, int]:
    """When the server ended the event stream. Raises AssertionError with the answer if it has no event."""
    headers = {"X-API-Key": key, "Accept": "text/event-stream"}
    path = f"{url}/api/v1/jobs/{job}/events"
    with (
        httpx2.Client(trust_env=False, timeout=PATIENCE_S) as client,
        client.stream("GET", path, headers=headers) as answer,
    ):
        lines = answer.iter_lines()
        before = []
        for line in lines:
            if line.startswith("data:"):
                break
            before.append(line)
        else:
            raise AssertionError(f"{url} sent no event: {answer.status_code} {answer.headers} {before}")
        opened()
        for _ in lines:
            pass
        return time.monotonic(), answer.status_code


def wait_until_open(told: Told, most: int) -> None:
    """Waits until so many who watch have opened. Raises at once the error of one that ended before."""
    for number in range(most):
        try:
            ended = told.get(timeout=PATIENCE_S)
        except Empty as error:
            raise AssertionError(f"only {number} of {most} opened") from error
        assert ended is None, f"closed before the key was revoked: {ended.result()}"


def revoke_one(
    pool: ThreadPoolExecutor, webs: list[str], program: httpx2.Client, job: str, by: str
) -> list[float]:
    """Seconds from the request that revokes a new key until each of its sockets and streams was closed."""
    asked = {"name": "watcher", "scopes": ["jobs:read"]}
    made = program.post(f"{by}/api/v1/keys", json=asked).json()
    told: Told = SimpleQueue()
    watching: list[Future[tuple[float, int]]] = [
        pool.submit(watch, url, job, made["secret"], lambda: told.put(None))
        for watch, url in product((close_of_socket, end_of_stream), webs)
    ]
    for each in watching:
        each.add_done_callback(told.put)
    try:
        wait_until_open(told, len(watching))
    finally:  # whatever went wrong: what is open would keep the pool for minutes
        began = time.monotonic()
        revoked = program.delete(f"{by}/api/v1/keys/{made['key']['id']}")
    assert revoked.status_code == 204
    for url in webs:
        refused = httpx2.get(f"{url}/api/v1/jobs", headers={"X-API-Key": made["secret"]}, trust_env=False)
        assert refused.status_code == 401
    ends = [each.result() for each in watching]
    assert [code for _, code in ends] == [4401, 4401, 200, 200]
    assert min(at for at, _ in ends) >= began, "closed before the key was revoked"
    return [at - began for at, _ in ends]


@pytest.mark.parametrize("redis", ["redis", "no redis"])
def test_what_a_revoked_key_has_open_is_closed(installation: Installation, redis: str) -> None:
    jobs = [installation.begin_job(seconds=60) for _ in range(4)]  # the last one waits for minutes
    headers = {"X-API-Key": installation.make_key(*SCOPES)}
    with (
        installation.another_web() as other,
        httpx2.Client(headers=headers, trust_env=False, timeout=PATIENCE_S) as program,
        ThreadPoolExecutor(4) as pool,
        nullcontext() if redis == "redis" else away(installation.stack.redis),
    ):
        webs = [installation.url, other]
        taken = [
            seconds
            for number in range(KEYS)
            for seconds in revoke_one(pool, webs, program, jobs[-1], webs[number % 2])
        ]
        for job in jobs:
            program.post(f"{installation.url}/api/v1/jobs/{job}/cancel")
    print(f"{redis}: p50 {median(taken):.3f} s, max {max(taken):.3f} s of {len(taken)}")  # noqa: T201
    assert median(taken) < 1
