"""Concurrent calls from several threads. A `twin` test repeats the steps without their guard: they go wrong."""

import importlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from billing.models import Hold
from jobs.enums import FailureCode, JobStatus, Outcome, Stage
from jobs.lifecycle import (
    adopt_orphan,
    cancel_job,
    enter_stage,
    fail_job,
    finish_job,
    report_progress,
    requeue_job,
)
from jobs.models import Attempt, Job, JobEvent, UserQueue
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import PATIENCE, together, wait_for_a_lock

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


ENDINGS = {
    "completed": lambda held, artifacts: finish_job(held, artifacts),
    "failed": lambda held, _: fail_job(held, FailureCode.NODE_ERROR),
    "queued": lambda held, _: requeue_job(held, outcome=Outcome.LOST),
}
ANSWERS = {"completed": "too_late", "failed": "too_late", "queued": "never_started"}
"""What a cancel answers that comes after each ending."""


def charged(job) -> bool:
    return Hold.objects.get(reference=f"job:{job.id}").state == "settled"


@pytest.mark.parametrize("end", ENDINGS)
def test_cancel_and_any_ending_at_once_agree(job, held, artifacts, end):
    answer, ended = together(lambda: cancel_job(job=job), lambda: ENDINGS[end](held, artifacts))
    job.refresh_from_db()
    if ended == "cancelled":
        assert (answer, job.status, charged(job)) == ("stopping", "cancelled", False)
    else:
        now = "cancelled" if end == "queued" else end
        assert (answer, job.status, charged(job)) == (ANSWERS[end], now, end == "completed")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
class TestBothOrders:
    """One of the two has written the job's row and not committed when the other one comes to it."""

    @staticmethod
    def run(monkeypatch, written, first, second):
        """Return the results of both; `first` calls the function named `written` after its first write."""
        module, name = written.rsplit(".", 1)
        go_on, waiting = getattr(importlib.import_module(module), name), []

        def let_the_other_come(*args, **kwargs):
            monkeypatch.setattr(written, go_on)
            waiting.append(pool.submit(together, second))
            wait_for_a_lock()
            return go_on(*args, **kwargs)

        monkeypatch.setattr(written, let_the_other_come)
        with ThreadPoolExecutor(1) as pool:
            return first(), waiting[0].result(PATIENCE)[0]

    @pytest.mark.parametrize("end", ENDINGS)
    def test_a_cancel_that_was_first_wins(self, job, held, artifacts, end, monkeypatch):
        written = "jobs.lifecycle.cancel.next_sequence"
        acts = (lambda: cancel_job(job=job), lambda: ENDINGS[end](held, artifacts))
        assert self.run(monkeypatch, written, *acts) == ("stopping", "cancelled")
        job.refresh_from_db()
        assert (job.status, job.artifacts.count(), charged(job)) == ("cancelled", 0, False)

    @pytest.mark.parametrize("end", ENDINGS)
    def test_a_cancel_that_was_second_finds_the_end(self, job, held, artifacts, end, monkeypatch):
        written = "jobs.lifecycle.finish.follow_move"
        acts = (lambda: ENDINGS[end](held, artifacts), lambda: cancel_job(job=job))
        assert self.run(monkeypatch, written, *acts) == (end, ANSWERS[end])
        job.refresh_from_db()
        assert job.status == ("cancelled" if end == "queued" else end)
        assert charged(job) is (end == "completed")


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
