"""A job that kills every worker that saves its result. The workers are real processes and die of SIGKILL."""

from __future__ import annotations

import pytest

from benchmarks.processes import Process
from tests.e2e.degradation.installation import PATIENCE_S, Installation
from tests.services.process import wait_until

pytestmark = [pytest.mark.services, pytest.mark.chaos]
JOB_ATTEMPTS = 3


def test_it_is_stopped_after_its_tries_and_the_others_are_made(installation: Installation) -> None:
    installation.worker.kill()
    credits, deadly, other = installation.credits(), installation.begin_job(), installation.begin_job()
    worker = Process(
        ["-m", "tests.e2e.degradation.deadly_worker", deadly],
        log=installation.folder / "deadly.log",
        ready="Worker is on",
        environ=installation.environ,
    )

    def has_ended() -> bool:
        return installation.job(deadly)["status"] == "failed"

    deaths = 0
    try:
        while not has_ended():
            worker.spawn()
            wait_until(lambda: has_ended() or not worker.is_running, "nothing happens", PATIENCE_S)
            deaths += not worker.is_running
        installation.wait_for(other, status="completed")
    finally:
        worker.kill_all()
        installation.worker.start()
    assert (deaths, installation.job(deadly)["error"]["code"]) == (JOB_ATTEMPTS, "unsaved")
    assert credits - installation.credits() == installation.job(other)["price"]
