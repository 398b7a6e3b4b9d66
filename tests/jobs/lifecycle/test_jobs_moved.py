"""`jobs_moved` is sent for every change of status, in its transaction, with what the owner's webhooks want."""

import pytest
from django.db import connection

from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import cancel_job, enter_stage, fail_job, fail_waiting, finish_job, requeue_job
from jobs.models import UserQueue
from jobs.signals import jobs_moved
from tests.jobs.lifecycle import rows


@pytest.fixture
def heard():
    """The ids, the status and what is wanted, of each signal; all of them come inside a transaction."""
    told = []

    def listen(job_ids, status, wanted, **_):
        assert connection.in_atomic_block
        told.append((list(job_ids), str(status), set(wanted)))

    jobs_moved.connect(listen)
    yield told
    jobs_moved.disconnect(listen)


ENDINGS = {
    "completed": lambda job, held: finish_job(held, []),
    "failed": lambda job, held: fail_job(held, FailureCode.NODE_ERROR),
    "queued": lambda job, held: requeue_job(held, outcome=Outcome.LOST),
    "cancelled": lambda job, held: cancel_job(job=job) and finish_job(held, []),
}


@pytest.mark.parametrize("status", ENDINGS)
def test_a_job_is_told_of_from_submit_to_end(cast, slow, node, heard, status):
    job = rows.submit_one(cast.owner, slow)
    held = rows.claim(job, node)
    enter_stage(held, Stage.RUNNING)  # a stage is no status
    assert ENDINGS[status](job, held)
    assert heard == [([job.id], each, set()) for each in ("queued", "processing", status)]


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda job: cancel_job(job=job), "cancelled"),
        (lambda job: fail_waiting(job, FailureCode.NODE_UNAVAILABLE), "failed"),
    ],
)
def test_a_waiting_job_that_ends_is_told_of_once(job, heard, end, status):
    end(job)
    end(job)
    assert heard == [([job.id], status, set())]


def test_a_batch_is_told_of_as_one(cast, presets, heard):
    photos = [rows.make_upload(cast.owner) for _ in range(3)]
    jobs = rows.submit(cast.owner, presets["cinematic"], photos=photos)
    assert heard == [([job.id for job in jobs], "queued", set())]


def test_what_the_owners_webhooks_want_comes_with_it(job, node, heard):
    UserQueue.objects.update(webhook_events="job.completed batch.completed")
    finish_job(rows.claim(job, node), [])
    assert [wanted for _, _, wanted in heard] == [{"job.completed", "batch.completed"}] * 2


def test_a_claim_beyond_the_owners_limit_is_not_told_of(job, node, heard):
    UserQueue.objects.update(limit=0)
    assert rows.claim(job, node) is None
    assert heard == []
