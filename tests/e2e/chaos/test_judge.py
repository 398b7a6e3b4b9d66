"""The judge of production runs finds holders, counts late writes and matches pictures to requests."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks.crowd import Wish, colour_of
from benchmarks.judge import (
    count_late_ends,
    holders_of,
    is_picture_of,
    lost_its_last_try,
    moments_of,
    reclaims,
)
from benchmarks.pictures import trial_pixels


def logs(*lines: tuple[float, str, str]) -> dict[str, list[dict]]:
    """Builds one job's log entries, by process, from (second, process, event) triples."""
    kept: dict[str, list[dict]] = {process: [] for _, process, _ in lines}
    for at, process, event in lines:
        moment = datetime.fromtimestamp(at, UTC).isoformat()
        kept[process].append({"timestamp": moment, "event": event, "job_id": "job"})
    return kept


@pytest.mark.parametrize(
    ("code", "failed", "lost"),
    [("node_unavailable", 2, True), ("node_unavailable", 1, False), ("storage_error", 2, False)],
)
def test_a_job_may_fail_by_a_lost_node_only_after_it_failed_on_others(code, failed, lost):
    others = [("jobs/other/1/out", "error"), ("", "error"), ("jobs/job/9/out", "success")]
    own = [(f"jobs/job/{number}/out", "error") for number in range(failed)]
    notes = [{"prefix": prefix, "status": status} for prefix, status in own + others]
    assert lost_its_last_try("job", code, notes) is lost


def test_whoever_took_a_job_last_holds_it():
    told = logs((0, "one", "job_claimed"), (5, "two", "job_adopted"), (6, "one", "job_completed"))
    assert holders_of(told) == {"job": "two"}


@pytest.mark.parametrize(
    ("told", "late"),
    [
        (((0, "one", "job_claimed"), (3, "one", "job_completed")), 0),
        (((0, "one", "job_claimed"), (5, "two", "job_adopted"), (7, "two", "job_completed")), 0),
        (((0, "one", "job_claimed"), (5, "two", "job_adopted"), (9, "one", "job_completed")), 1),
        (((0, "one", "job_claimed"), (5, "two", "job_adopted"), (9, "one", "job_requeued")), 1),
        # Another process claims the job after the requeue is committed and before it is logged.
        (((0, "one", "job_claimed"), (3.00, "two", "job_claimed"), (3.01, "one", "job_requeued")), 0),
    ],
    ids=["held", "adopted", "late result", "late return", "line after commit"],
)
def test_endings_of_those_who_hold_no_longer_are_counted(told, late):
    assert count_late_ends(moments_of(logs(*told))["job"]) == late


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        (((0, "one", "job_claimed"), (14, "two", "job_adopted")), [4.0]),
        (((0, "one", "job_claimed"), (9, "one", "job_completed")), []),
        (((0, "two", "job_claimed"), (14, "one", "job_adopted")), []),
        (((0, "one", "job_claimed"),), []),
    ],
    ids=["adopted", "ended before", "held by another", "never again"],
)
def test_a_reclaim_is_counted_from_the_harm_to_the_next_holder(told, waits):
    harm = SimpleNamespace(process="one", at=10.0)
    assert reclaims(moments_of(logs(*told)), [harm]) == waits


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def coloured(number: int) -> bytes:
    channels = [colour_of(number) >> shift & 0xFF for shift in (16, 8, 0)]
    return png(np.broadcast_to(np.array(channels), (32, 48, 3)))


def test_a_picture_is_known_by_its_content():
    inverted = png(255 - trial_pixels(3))
    found = {
        "right colour": is_picture_of(coloured(7), Wish(7, "trial_colour")),
        "other colour": is_picture_of(coloured(8), Wish(7, "trial_colour")),
        "right photo": is_picture_of(inverted, Wish(3, "trial_invert")),
        "other photo": is_picture_of(inverted, Wish(4, "trial_invert")),
        "cut short": is_picture_of(coloured(7)[:60], Wish(7, "trial_colour")),
    }
    assert [name for name, right in found.items() if right] == ["right colour", "right photo"]


def test_any_two_numbers_have_colours_of_their_own():
    assert len({colour_of(number) for number in range(4096)}) == 4096
