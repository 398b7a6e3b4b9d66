"""What many Google connections cost while nothing happens: calls to Google, statements, and the time of a tick.

    python -m benchmarks.drive_polling [--connections 1000] [--seconds 60] [--mutant looks_at_all]

On a PostgreSQL of its own, with a fake Google in another process. The clock ticks each second, as in the product,
and each connection is due by the product's own intervals, from moments spread as after a long time. Each round lasts
`--seconds`: with 100 connections, with all, and with all while every one has a channel. It exits with 1 if a
connection costs more than BOUNDS a minute, if one of many costs more than one of few, or if looks fall behind. A
mutant run passes if it violates something.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

from benchmarks.mutants import MUTANTS
from benchmarks.polled import Google, Statements, add_connections, give_bells, running_google, spread
from benchmarks.processes import ROOT, manage
from benchmarks.rows import percentile
from benchmarks.runs import DEFAULT, play
from tests.services.postgres import Postgres

PRESET = ROOT / "benchmarks" / "presets" / "trial_invert"
FEW = 100
TICK_S = 1.0
BROKEN = "SELECT COUNT(*) FROM drive_connection WHERE failures > 0 OR trouble <> '' OR looked_at IS NULL"
POLL_S, RECONCILE_S = 60.0, 900.0
WITH_A_BELL = 5
CALLS_A_MINUTE = {"without bells": 1.5, "with bells": 0.6}
"""Of one connection: a look is one call, and each quarter of an hour it goes through everything with three or four."""
FLAT = 1.25
"""So much more one of many may cost than one of few: the rounds draw by chance what they go through."""


@dataclass(frozen=True)
class Round:
    """One round. Statements and milliseconds are of one look, where not said otherwise."""

    connections: int
    ticks: int
    looks: int
    calls_a_minute: float
    calls_per_connection_and_minute: float
    statements_per_look: float
    statements_per_idle_tick: float | None
    tick_p50_ms: float
    tick_p95_ms: float
    ms_per_look: float
    overdue: int
    """Connections at the end that were due more than two ticks ago."""
    broken: int
    """Connections at the end whose looks failed, or that were never looked at."""


def run(options: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="polling-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        postgres = Postgres(folder)
        postgres.start()
        try:
            with running_google(folder) as url:
                _set_up(folder, postgres.url, url)
                if options.mutant:
                    MUTANTS[options.mutant]()
                rounds = _measure(Google(url), options)
        finally:
            postgres.kill()
    return _describe(rounds, options)


def _set_up(folder: Path, database: str, google: str) -> None:
    environ = {
        "ENVIRONMENT": "local",
        "DATA_DIR": str(folder),
        "DATABASE_URL": database,
        "GOOGLE_CLIENT_ID": "trial",
        "GOOGLE_CLIENT_SECRET": "trial",
        "GOOGLE_DRIVE": "read",
        "GOOGLE_DRIVE_URL": google,
        "DRIVE_POLL_SECONDS": str(POLL_S),
        "DRIVE_RECONCILE_SECONDS": str(RECONCILE_S),
        "LOG_LEVEL": "WARNING",
    }
    os.environ.update(environ)
    for command in (("migrate", "--verbosity", "0"), ("presets", "import", str(PRESET))):
        manage(*command, data_dir=folder, environ=environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()


def _measure(google: Google, options: argparse.Namespace) -> dict[str, Round]:
    statements = Statements()
    rounds = {}
    add_connections(google, 0, FEW)
    rounds["few"] = _play(google, statements, FEW, options.seconds, POLL_S)
    add_connections(google, FEW, options.connections)
    rounds["many"] = _play(google, statements, options.connections, options.seconds, POLL_S)
    give_bells()
    poll_s = POLL_S * WITH_A_BELL
    rounds["with bells"] = _play(google, statements, options.connections, options.seconds, poll_s)
    return rounds


def _play(google: Google, statements: Statements, count: int, seconds: float, poll_s: float) -> Round:
    """First all are looked at once, which opens their accounts; then the clock ticks."""
    from django.db import connection

    from drive.watching import look_due

    look_due()
    spread(poll_s, RECONCILE_S)
    google.calls()
    ticks: list[tuple[int, int, float]] = []
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        statements.take()
        started = time.perf_counter()
        looks = look_due()
        ticks.append((looks, statements.take(), (time.perf_counter() - started) * 1000))
        time.sleep(max(0.0, TICK_S - (time.perf_counter() - started)))
    minutes = (time.monotonic() - began) / 60
    with connection.cursor() as cursor:
        late = "SELECT COUNT(*) FROM drive_connection WHERE due_at < now() - %s * interval '1 s'"
        cursor.execute(late, [2 * TICK_S])
        [overdue] = cursor.fetchone()
        cursor.execute(BROKEN)
        [broken] = cursor.fetchone()
    calls = sum(google.calls().values())
    looks = sum(tick[0] for tick in ticks)
    idle = [tick[1] for tick in ticks if not tick[0]]
    times = [tick[2] for tick in ticks]
    return Round(
        connections=count,
        ticks=len(ticks),
        looks=looks,
        calls_a_minute=round(calls / minutes, 1),
        calls_per_connection_and_minute=round(calls / minutes / count, 3),
        statements_per_look=round(sum(tick[1] for tick in ticks) / max(1, looks), 2),
        statements_per_idle_tick=mean(idle) if idle else None,
        tick_p50_ms=round(percentile(times, 50), 1),
        tick_p95_ms=round(percentile(times, 95), 1),
        ms_per_look=round(sum(times) / max(1, looks), 2),
        overdue=overdue,
        broken=broken,
    )


def _describe(rounds: dict[str, Round], options: argparse.Namespace) -> dict[str, object]:
    few, many, rung = rounds["few"], rounds["many"], rounds["with bells"]
    ratios = {
        name: round(getattr(many, name) / getattr(few, name), 3)
        for name in ("calls_per_connection_and_minute", "statements_per_look", "ms_per_look")
    }
    violated = [name for name in list(ratios)[:2] if ratios[name] > FLAT]
    if (
        max(few.calls_per_connection_and_minute, many.calls_per_connection_and_minute)
        > CALLS_A_MINUTE["without bells"]
    ):
        violated.append("calls")
    if rung.calls_per_connection_and_minute > CALLS_A_MINUTE["with bells"]:
        violated.append("calls_with_bells")
    violated += [f"broken_{name}" for name, each in rounds.items() if each.broken]
    violated += [f"overdue_{name}" for name, each in rounds.items() if each.overdue]
    return {
        "kind": "drive_polling",
        "seed": options.seed,
        **{name: asdict(each) for name, each in rounds.items()},
        "ratios": ratios,
        "load": [round(each, 1) for each in os.getloadavg()],
        "mutant": options.mutant,
        "violated": violated,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.drive_polling", description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60, help="of each round")
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--out", type=Path, default=DEFAULT)
    parser.set_defaults(seed=0, tries=1)
    play(run, parser.parse_args())


if __name__ == "__main__":
    main()
