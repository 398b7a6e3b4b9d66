"""Concurrent calls from several threads. A `twin` test repeats the steps without their guard: they go wrong."""

import uuid
from threading import Barrier

import pytest

from jobs.enums import JobStatus, Stage
from jobs.lifecycle import adopt_orphan, cancel_job, enter_stage, finish_job, report_progress
from jobs.models import Attempt, Job, JobEvent, UserQueue
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import PATIENCE, together

pytestmark = pytest.mark.django_db(transaction=True)


class MeetingPoint:
    """Makes new tokens once both threads want one. By then both have read the orphan's row."""

    def __init__(self):
        self.barrier = Barrier(2)

    def new_token(self):
        self.barrier.wait(PATIENCE)
        return uuid.uuid4()


@pytest.fixture
def orphan(job, held):
    rows.expire_lease(job)
    return job


def test_of_two_adopters_one_gets_the_job(orphan):
    meeting = MeetingPoint()
    adopt = [lambda: adopt_orphan(new_token=meeting.new_token)] * 2
    claims = [claim for claim in together(*adopt) if claim]
    assert len(claims) == 1
    assert Job.objects.get(pk=orphan.pk).token == claims[0].token


def test_an_adopter_that_looked_before_another_adopted_and_gave_up_gets_nothing(orphan):
    """By then the lease has ended again, so only the token shows the other adoption."""
    others = []

    def after_another_adopted():
        others.append(adopt_orphan())
        rows.expire_lease(orphan)
        return uuid.uuid4()

    assert adopt_orphan(new_token=after_another_adopted) is None
    assert Job.objects.get(pk=orphan.pk).token == others[0].token


def test_twin_without_the_old_token_in_the_guard_both_get_it(orphan):
    meeting = MeetingPoint()

    def adopt_unguarded():
        assert Job.objects.filter(pk=orphan.pk, status=JobStatus.PROCESSING).exists()
        return Job.objects.filter(pk=orphan.pk).update(token=meeting.new_token())

    assert together(adopt_unguarded, adopt_unguarded) == [1, 1]


def test_of_two_claims_of_a_job_one_succeeds(job, node):
    claims = together(lambda: rows.claim(job, node, 0), lambda: rows.claim(job, node, 1))
    assert [claim is not None for claim in claims].count(True) == 1
    assert (rows.counts(job.owner), Attempt.objects.count()) == ((0, 1), 1)


def test_of_two_claims_of_a_slot_one_succeeds(cast, slow, node):
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(2)]
    claims = together(*[lambda job=job: rows.claim(job, node, 0) for job in jobs])
    assert [claim is not None for claim in claims].count(True) == 1
    assert rows.counts(cast.owner) == (1, 1)


def test_no_claims_at_once_pass_the_limit(cast, slow):
    node = rows.make_node(slots=4)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(4)]
    UserQueue.objects.update(limit=2)
    claims = together(*[lambda s=s, job=job: rows.claim(job, node, s) for s, job in enumerate(jobs)])
    assert [claim is not None for claim in claims].count(True) == 2
    assert rows.counts(cast.owner) == (2, 2)


def test_submitting_twice_at_once_with_one_key_is_one_batch(cast, slow):
    key = uuid.uuid4()
    first, second = together(*[lambda: rows.submit(cast.owner, slow, key=key)] * 2)
    assert (first, Job.objects.count(), rows.counts(cast.owner)) == (second, 1, (1, 0))


def test_cancel_and_finish_at_once_agree(job, held, artifacts):
    answer, finished = together(lambda: cancel_job(job=job), lambda: finish_job(held, artifacts))
    job.refresh_from_db()
    assert (finished, job.status) == (True, "completed")
    assert answer in ("stopping", "too_late")
    assert cancel_job(job=job) == "too_late"


def test_cancel_and_claim_at_once_agree(job, node):
    answer, claim = together(lambda: cancel_job(job=job), lambda: rows.claim(job, node))
    job.refresh_from_db()
    expected = ("processing", "stopping", (0, 1)) if claim else ("cancelled", "never_started", (0, 0))
    assert (job.status, answer, rows.counts(job.owner)) == expected


def test_numbers_are_given_once_and_no_state_event_is_lost(job, held):
    def report():
        for percent in range(10):
            assert report_progress(held, percent=percent, stage_title="Work", step=1, steps=2)

    def stage():
        for _ in range(10):
            assert enter_stage(held, Stage.RUNNING)

    together(report, stage, report, stage)
    sequences = list(JobEvent.objects.filter(job=job).values_list("sequence", flat=True))
    assert sequences == sorted(set(sequences))
    job.progress.refresh_from_db()
    assert (len(sequences), job.progress.sequence) == (2 + 20, 2 + 40)
