"""A late holder changes no rows, whatever it writes; the same write of the present holder succeeds."""

import pytest

from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import (
    adopt_orphan,
    enter_stage,
    fail_job,
    finish_job,
    free_slot,
    report_progress,
    requeue_job,
)
from tests.jobs.lifecycle import rows

WRITES = {
    "finish": lambda claim, artifacts: finish_job(claim, artifacts),
    "fail": lambda claim, _: fail_job(claim, FailureCode.NODE_ERROR),
    "requeue": lambda claim, _: requeue_job(claim, outcome=Outcome.LOST, wait_s=1, fault=True, death=True),
    "progress": lambda claim, _: report_progress(claim, percent=50, stage_title="Late", step=1, steps=2),
    "stage": lambda claim, _: enter_stage(claim, Stage.RUNNING),
    "free_slot": lambda claim, _: free_slot(claim, gpu_seconds=1.0),
}
each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@each_write
def test_a_late_holder_changes_nothing_after_adoption(job, held, artifacts, write):
    rows.expire_lease(job)
    adopted = adopt_orphan()
    before = rows.all_rows(job)
    assert not write(held, artifacts)
    assert rows.all_rows(job) == before
    assert write(adopted, artifacts)
    assert rows.all_rows(job) != before


@each_write
def test_a_late_holder_changes_nothing_while_the_job_waits_again(job, held, artifacts, write):
    requeue_job(held, outcome=Outcome.LOST)
    before = rows.all_rows(job)
    assert not write(held, artifacts)
    assert rows.all_rows(job) == before


@each_write
def test_a_late_holder_changes_nothing_in_the_next_attempt(job, node, held, artifacts, write):
    requeue_job(held, outcome=Outcome.LOST)
    assert rows.claim(job, node) is not None
    before = rows.all_rows(job)
    assert not write(held, artifacts)
    assert rows.all_rows(job) == before


@each_write
def test_nobody_changes_what_is_final(job, held, artifacts, write):
    assert finish_job(held, artifacts) == "completed"
    before = rows.all_rows(job)
    assert not write(held, artifacts)
    assert rows.all_rows(job) == before
