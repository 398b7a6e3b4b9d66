"""Counts the SQL statements of each step of a job: they limit trivial jobs on many nodes.

BEGIN and COMMIT are not counted.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.ledger import present_account
from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import (
    adopt_orphan,
    cancel_job,
    enter_stage,
    fail_job,
    finish_job,
    free_slot,
    renew_leases,
    report_progress,
    requeue_job,
)
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)
MOVE = 4  # the job, its number, the event, the owner's counts
CHARGE = 3  # the hold, the account, the entry
RETURN = 6  # the hold, the account as it is, the entry, its buckets, the next expiry, the account
PLAN = 1
TELL = 1  # how long the job took: its owner is told of long ones


def count(call) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert call()
    inner = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return len([each for each in seen.captured_queries if not each["sql"].startswith(inner)])


def test_a_claim(job, node):
    assert count(lambda: rows.claim(job, node)) == MOVE + 1


def test_a_run(job, held, artifacts):
    steps = [
        count(lambda: enter_stage(held, Stage.RUNNING)),
        count(lambda: report_progress(held, percent=5, stage_title="Work", step=1, steps=2)),
        count(lambda: free_slot(held, gpu_seconds=1.0)),
        count(lambda: finish_job(held, artifacts)),
    ]
    assert steps == [4, 1, 4, PLAN + MOVE + 1 + CHARGE + 1 + TELL]


ENDINGS = {
    "fail": (lambda claim: fail_job(claim, FailureCode.NODE_ERROR), MOVE + 1 + RETURN + TELL),
    "requeue": (lambda claim: requeue_job(claim, outcome=Outcome.LOST), MOVE + 1),
}


@pytest.mark.parametrize("end", ENDINGS)
def test_other_endings(held, end):
    call, cost = ENDINGS[end]
    assert count(lambda: call(held)) == cost


def test_the_end_of_a_job_that_is_to_be_cancelled(job, held, artifacts):
    cancel_job(job=job)
    guarded = 1  # finds the request and writes nothing
    assert count(lambda: finish_job(held, artifacts)) == PLAN + guarded + MOVE + 1 + RETURN


def test_a_cancel_in_the_queue(job):
    assert count(lambda: cancel_job(job=job)) == MOVE + RETURN


def test_leases(job, held):
    assert count(lambda: renew_leases([held.token])) == 2  # for all leases of a process together
    rows.expire_lease(job)
    assert count(adopt_orphan) == 4  # find the row, lock it, write it, read its attempt


def test_a_batch_costs_the_same_with_one_photo_and_with_twenty(cast, presets):
    def submit(photos):
        uploads = [rows.make_upload(cast.owner) for _ in range(photos)]
        return count(lambda: rows.submit(cast.owner, presets["cinematic"], photos=uploads))

    present_account(cast.owner.pk)  # or the first submit also brings the credits of the month
    assert submit(1) == submit(20)
