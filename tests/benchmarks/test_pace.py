"""Rates and gaps, computed from the times that the nodes themselves recorded."""

from __future__ import annotations

import pytest

from benchmarks.pace import Pace, read_pace


def note(started: float, ended: float, prefix: str = "ours", status: str = "success") -> dict:
    return {"started": started, "ended": ended, "prefix": prefix, "status": status}


def read(*nodes: list[dict], count: int) -> Pace:
    return read_pace(nodes, count=count, is_ours=lambda note: note["prefix"] == "ours")


def test_a_rate_is_from_the_first_start_to_the_last_end_on_any_node():
    pace = read([note(10, 11), note(11.5, 12)], [note(10.5, 14)], count=3)
    assert (pace.rate, pace.gaps_ms, pace.gap_p50_ms) == (3 / 4, (500.0,), 500.0)


def test_gaps_are_between_neighbours_on_one_node():
    pace = read([note(0, 1), note(1.25, 2), note(2.5, 3)], [note(0, 1), note(2, 3)], count=5)
    assert pace.gaps_ms == (250.0, 500.0, 1000.0)


def test_prompts_of_others_are_left_out_and_their_time_is_a_gap():
    pace = read([note(0, 1), note(1, 3, prefix="proof"), note(3, 4)], count=2)
    assert (pace.rate, pace.gaps_ms) == (0.5, (2000.0,))


@pytest.mark.parametrize("notes", [[note(0, 1)], [note(0, 1)] * 3, [note(0, 1), note(1, 2, status="error")]])
def test_jobs_that_are_missing_doubled_or_failed_make_no_figure(notes):
    with pytest.raises(RuntimeError, match="for 2 jobs"):
        read(notes, count=2)
