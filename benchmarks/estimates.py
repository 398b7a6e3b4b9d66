"""Accuracy of estimates: compares the estimate at submit with the time that the job took.

    python -m benchmarks.estimates [--jobs 50] [--seed 1]

Several users submit presets of different lengths to four nodes, so that most of an estimate is waiting behind
other jobs.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice

import httpx2

from benchmarks.backlog import estimate_row
from benchmarks.product import end_on_signals
from benchmarks.production import Production, new_folder, running_production
from benchmarks.rows import Row, show

LENGTHS = {"trial_steps": 0.5, "trial_colour": 2.5}
SPREAD = 0.15
RUNS_BEFORE = 4


@dataclass(frozen=True)
class Told:
    """The estimate for one job, the time of it (seconds since 1970), and the client that got it."""

    client: httpx2.Client
    job_id: str
    at: float
    eta_s: float | None


def draw_jobs(chance: random.Random, count: int) -> list[tuple[str, float]]:
    """(preset, seconds) pairs: all presets equally often, lengths spread evenly around the preset's own."""
    presets = list(islice(cycle(LENGTHS), count))
    chance.shuffle(presets)
    return [
        (preset, round(LENGTHS[preset] * chance.uniform(1 - SPREAD, 1 + SPREAD), 2)) for preset in presets
    ]


def measure_estimates(production: Production, *, jobs: int = 50, seed: int = 1) -> Row:
    """First runs each preset a few times, since estimates are based on earlier runs."""
    chance = random.Random(seed)
    production.give_jobs_to([node.name for node in production.nodes])
    for preset, seconds in draw_jobs(chance, RUNS_BEFORE * len(LENGTHS)):
        _submit(production.clients[0], preset, seconds)
    production.wait_until_done()
    told = [
        _submit(production.clients[number % len(production.clients)], preset, seconds)
        for number, (preset, seconds) in enumerate(draw_jobs(chance, jobs))
    ]
    production.wait_until_done()
    samples, skipped = samples_of(told, [_ended_at(each) for each in told])
    return estimate_row(samples, skipped=skipped)


def samples_of(told: Sequence[Told], ended: Sequence[float]) -> tuple[list[tuple[float, float]], int]:
    """(estimated, actual) seconds of each job with an estimate, and how many jobs had none."""
    samples = [
        (each.eta_s, end - each.at) for each, end in zip(told, ended, strict=True) if each.eta_s is not None
    ]
    return samples, len(told) - len(samples)


def _submit(client: httpx2.Client, preset: str, seconds: float) -> Told:
    body = {"preset": preset, "parameters": {"seconds": seconds}}
    answer = client.post("/jobs", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert answer.status_code == 202, answer.text
    job_id, at = str(answer.json()["job_id"]), time.time()
    return Told(client, job_id, at, client.get(f"/jobs/{job_id}").raise_for_status().json()["eta"])


def _ended_at(told: Told) -> float:
    job = told.client.get(f"/jobs/{told.job_id}").raise_for_status().json()
    return datetime.fromisoformat(job["completed_at"]).timestamp()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.estimates", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end_on_signals()
    folder = new_folder("bench")
    with running_production(folder) as production:
        row = measure_estimates(production, jobs=options.jobs, seed=options.seed)
    shutil.rmtree(folder, ignore_errors=True)
    show([row])


if __name__ == "__main__":
    main()
