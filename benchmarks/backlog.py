"""Times claims, sweeps and estimates with 1,000 and with 100,000 queued jobs of 500 users, on PostgreSQL.

`DATABASE_URL=postgres://… python -m benchmarks.backlog` makes its own database on that server and drops it
afterwards. `--json FILE` also writes the rows to a file.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from statistics import median
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

from benchmarks.processes import ROOT
from benchmarks.rows import Row, percentile, show

FEW, MANY = 1_000, 100_000
USERS = 500
CLAIMS = 300
LOOKS = 60
OPEN_AT_MOST = 20
Samples = dict[str, list[float]]


def measure_backlog(database_url: str) -> list[Row]:
    """All rows, measured in a child process with its own database on the server at `database_url`."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "benchmarks.backlog", "--json", str(found)]
        environ = {**os.environ, "DATABASE_URL": database_url}
        subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
        return [Row(**each) for each in json.loads(found.read_text())]


def estimate_row(samples: Sequence[tuple[float, float]], *, skipped: int = 0) -> Row:
    """The median error of estimates. `samples`: (seconds estimated at submit, seconds it took).

    The error of one job is |said − took| ÷ took, in percent. `skipped` jobs got no estimate because there
    were no runs yet.
    """
    errors = [abs(said - took) / took * 100 for said, took in samples]
    early = sum(took > said for said, took in samples)
    note = f"{len(samples)} jobs, p90 {percentile(errors, 90):.0f} %, {early} took longer than estimated"
    if skipped:
        note += f", {skipped} got no estimate"
    return Row("estimate_median_error", round(median(errors), 1), "%", runs=len(samples), note=note)


def _measure() -> list[Row]:
    from benchmarks import backlog_rows

    backlog_rows.prepare(USERS)
    taken: dict[int, Samples] = {}
    for count in (FEW, MANY):
        backlog_rows.fill(count)
        taken[count] = _sample()
    rows = [
        _row(f"backlog_{name}_{what}", taken[MANY][name], taken[FEW][name], percent)
        for name in taken[MANY]
        for what, percent in (("p50_ms", 50), ("p95_ms", 95))
        if name != "rings"
    ]
    rings = (taken[MANY]["rings"][0], taken[FEW]["rings"][0])
    rows.append(Row("backlog_rings", rings[0], "rings", f"{FEW:,} queued", rings[1], rings[0] / rings[1]))
    return [*rows, _fairness()]


def _sample() -> Samples:
    """Milliseconds of each call. The claims come last because they shorten the queue."""
    from jobs.models import Job
    from jobs.scheduling import estimate_waits, sweep

    page = list(Job.objects.filter(status="queued").select_related("progress").order_by("?")[:50])
    samples: Samples = {"rings": [float(sweep())]}
    samples["sweep"] = _timed(sweep, LOOKS)
    with _no_caching():
        samples["estimate_1"] = _timed(lambda: estimate_waits(page[:1]), LOOKS)
        samples["estimate_50"] = _timed(lambda: estimate_waits(page), LOOKS)
    samples["claim_1thread"] = _claims(CLAIMS)
    with ThreadPoolExecutor(4) as pool:
        each = [pool.submit(_claims, CLAIMS // 4) for _ in range(4)]
        samples["claim_4threads"] = [ms for future in each for ms in future.result()]
    return samples


def _claims(count: int) -> list[float]:
    """Times `count` claims, with a few of this thread's claims open at a time. Does not time ending them."""
    from django.db import connection

    from jobs.scheduling import claim_next

    taken, held = [], []
    try:
        for _ in range(count):
            start = time.perf_counter()
            claim = claim_next()
            taken.append((time.perf_counter() - start) * 1000)
            assert claim is not None, "nothing was claimed although there were jobs and free slots"
            held.append(claim)
            if len(held) > OPEN_AT_MOST // 4:
                _end(held.pop(0))
        for claim in held:
            _end(claim)
    finally:
        connection.close()
    return taken


def _end(claim: object) -> None:
    """Ends the job as a run without a result does: slot, counts and status.

    No credits, since these jobs have no hold.
    """
    from django.db import transaction
    from django.db.models import F
    from django.utils import timezone

    from benchmarks.backlog_rows import end_rows
    from jobs.lifecycle import Claim
    from jobs.models import Attempt, UserQueue

    assert isinstance(claim, Claim)
    now = timezone.now()
    with transaction.atomic():
        end_rows(claim.job_id)
        Attempt.objects.filter(pk=claim.attempt_id).update(node_done_at=now, ended_at=now, outcome="failed")
        UserQueue.objects.filter(pk=claim.owner_id).update(running=F("running") - 1)


def _timed(call: Callable[[], object], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def _row(name: str, values: list[float], baselines: list[float], percent: int) -> Row:
    value, baseline = percentile(values, percent), percentile(baselines, percent)
    beside = f"{FEW:,} queued"
    return Row(
        name, round(value, 2), "ms", beside, round(baseline, 2), round(value / baseline, 3), len(values)
    )


def _fairness() -> Row:
    """One node with two slots; 500 jobs of one user, then one of another.

    Counts the jobs that run before the single one.
    """
    from benchmarks import backlog_rows

    wait = backlog_rows.wait_behind(500, end=_end)
    return Row("backlog_one_job_behind_500", wait, "jobs", note="jobs that ran before it; target ≤ 2")


@contextlib.contextmanager
def _no_caching() -> Iterator[None]:
    """Disables the process's TTL caches, to measure the worst case."""
    from jobs.scheduling import estimate, timings

    caches = [
        value
        for module in (estimate, timings)
        for value in vars(module).values()
        if hasattr(value, "seconds")
    ]
    before = [each.seconds for each in caches]
    for each in caches:
        each.seconds = 0.0
    try:
        yield
    finally:
        for each, seconds in zip(caches, before, strict=True):
            each.seconds = seconds


@contextlib.contextmanager
def own_database(url: str) -> Iterator[None]:
    """Sets DATABASE_URL to a new database on that server, and drops it at the end."""
    import psycopg

    name = f"backlog_{os.getpid()}_{int(time.time())}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    try:
        yield
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def main(arguments: Sequence[str]) -> None:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.exit("DATABASE_URL must name a PostgreSQL server.")
    with tempfile.TemporaryDirectory() as folder, own_database(url):
        os.environ |= {"DATA_DIR": folder, "ENVIRONMENT": "local", "LOG_LEVEL": "ERROR"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from jobs.lifecycle.bell import doorbell

        with patch.object(doorbell, "ring"):  # the sweep is measured without the broker
            rows = _measure()
    show(rows)
    if len(arguments) == 2 and arguments[0] == "--json":
        Path(arguments[1]).write_text(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main(sys.argv[1:])
