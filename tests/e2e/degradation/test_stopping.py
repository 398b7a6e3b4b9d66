"""A deploy: each role gets SIGTERM, as from a service manager, and a new process takes over its work."""

from __future__ import annotations

import json
import signal

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from benchmarks.processes import wait_until_healthy
from tests.e2e.degradation.installation import PATIENCE_S, Installation

pytestmark = [pytest.mark.services, pytest.mark.chaos]
SERVICE_RESTARTS = 1012


def test_a_worker_hands_its_prompts_over_and_nothing_is_run_twice(installation: Installation) -> None:
    running = [installation.begin_job(seconds=4) for _ in range(2)]  # one runs, one is staged behind it
    for job in running:
        installation.wait_for(job, status="processing")
    installation.wait_for(running[0], stage="running")
    assert installation.worker.terminate() == 0
    held = "SELECT count(*) FROM jobs_job WHERE status = 'processing' AND lease_until"
    assert [installation.number(f"{held} {side} now()") for side in (">", "<")] == [0, 2], (
        "nobody has to wait"
    )
    queued = installation.begin_job()
    installation.worker.start()
    for job in [*running, queued]:
        installation.wait_for(job, status="completed")
    jobs = ", ".join(f"'{job}'" for job in [*running, queued])
    assert installation.number(f"SELECT count(*) FROM jobs_attempt WHERE job_id IN ({jobs})") == 3


def heard_until_closed(socket: ClientConnection) -> tuple[list[int], int | None]:
    """Returns the sequence numbers received until the socket closed, and the close code."""
    numbers = []
    try:
        while True:
            numbers.append(json.loads(socket.recv(PATIENCE_S))["sequence"])
    except ConnectionClosed as closed:
        return numbers, closed.rcvd.code if closed.rcvd else None


def test_a_site_says_goodbye_to_its_sockets_and_they_go_on_with_the_next(installation: Installation) -> None:
    job = installation.begin_job(seconds=3)
    where = f"{installation.url.replace('http', 'ws', 1)}/ws/jobs/{job}"
    key = {"X-API-Key": installation.api.headers["X-API-Key"]}
    with connect(where, additional_headers=key, proxy=None) as socket:
        first = json.loads(socket.recv(PATIENCE_S))["sequence"]
        status = installation.web.terminate()
        more, code = heard_until_closed(socket)
    assert (status, code) == (-signal.SIGTERM, SERVICE_RESTARTS)
    seen = [first, *more]
    installation.web.start()
    wait_until_healthy(installation.url)
    with connect(f"{where}?after={seen[-1]}", additional_headers=key, proxy=None) as socket:
        rest = [json.loads(message) for message in socket]
    numbers = seen + [each["sequence"] for each in rest if each["type"] == "update"]
    assert (numbers, rest[-1]["status"]) == (sorted(set(numbers)), "completed")


def test_beat_ends_and_the_next_one_goes_on(installation: Installation) -> None:
    assert installation.beat.terminate() == 0
    installation.beat.start()
    installation.wait_for(installation.begin_job(), status="completed")
