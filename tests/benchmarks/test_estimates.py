"""How the benchmark compares estimates with actual times, and how it draws its jobs."""

from __future__ import annotations

import random

import httpx2
import pytest

from benchmarks.backlog import estimate_row
from benchmarks.estimates import LENGTHS, SPREAD, Told, draw_jobs, samples_of


def test_jobs_that_were_told_no_time_are_counted_apart():
    with httpx2.Client() as client:
        told = [Told(client, "a", 100.0, 4.0), Told(client, "b", 100.0, None)]
    assert samples_of(told, [105.0, 109.0]) == ([(4.0, 5.0)], 1)


def test_the_error_is_of_what_it_took():
    row = estimate_row([(4, 5), (6, 5), (9, 10)], skipped=1)
    assert (row.value, row.runs) == (20.0, 3)
    assert row.note.endswith("2 took longer than estimated, 1 got no estimate")


def test_a_seed_draws_each_preset_as_often():
    jobs = draw_jobs(random.Random(3), 10)
    assert jobs == draw_jobs(random.Random(3), 10)
    assert sorted(preset for preset, _ in jobs) == sorted([*LENGTHS] * 5)
    off = [abs(seconds / LENGTHS[preset] - 1) for preset, seconds in jobs]
    assert max(off) <= SPREAD + 0.02


@pytest.mark.parametrize("seed", [1, 2])
def test_seeds_differ(seed):
    assert draw_jobs(random.Random(seed), 10) != draw_jobs(random.Random(seed + 10), 10)
