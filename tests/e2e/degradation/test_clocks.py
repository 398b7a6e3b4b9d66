"""Machines whose clocks differ."""

from __future__ import annotations

import pytest

from benchmarks.processes import Process
from tests.e2e.degradation.installation import PATIENCE_S, Installation, away
from tests.services.process import wait_until

pytestmark = [pytest.mark.services, pytest.mark.chaos]


@pytest.mark.parametrize("seconds", [45, 600])
def test_a_worker_whose_clock_is_ahead_runs_everything(installation: Installation, seconds: int) -> None:
    checks = "SELECT count(*) FROM platform_beatslot WHERE task = 'jobs.check_nodes'"
    worker = Process(
        ["-m", "tests.e2e.degradation.early_worker", str(seconds)],
        log=installation.folder / f"early-{seconds}.log",
        ready="Worker is on",
        environ=installation.environ,
    )
    with away(installation.worker):
        worker.start()
        try:
            seen = installation.number(checks)
            for job in [installation.begin_job() for _ in range(3)]:
                installation.wait_for(job, status="completed")
            wait_until(lambda: installation.number(checks) > seen + 1, "no periodic task runs", PATIENCE_S)
            installation.wait_until_whole()
        finally:
            worker.kill_all()


def test_jobs_that_no_worker_hears_of_are_told(installation: Installation) -> None:
    with away(installation.worker):
        job = installation.begin_job()
        wait_until(
            lambda: installation.missing() == ["workers"], "/ready keeps saying that all is well", PATIENCE_S
        )
    installation.wait_for(job, status="completed")
    installation.wait_until_whole()
