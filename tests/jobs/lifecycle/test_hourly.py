"""What a plan allows in any hour: jobs started, and running jobs stopped."""

import re
import uuid

import pytest
from django.db.models import Sum

from accounts.models import User
from billing.ledger import credit_account_of
from billing.models import LedgerEntry, Plan
from creator.lib.errors import Refused
from jobs.enums import Outcome, Stage
from jobs.lifecycle import cancel_batch, cancel_job, enter_stage, finish_job, requeue_job
from jobs.models import Batch, Job, JobEvent
from tests.billing.credits import leave_credits
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import together

ASK = "Ask the people who run this site for a larger plan."


@pytest.fixture
def person(db) -> User:
    """A user on the free plan, which starts 4 jobs and stops 2 running ones in any hour."""
    Plan.objects.filter(slug="free").update(submits_per_hour=4, cancels_per_hour=2, parallel_jobs=9)
    return User.objects.create_user("person@example.org")


def refusal(call) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.code == "rate_limited"
    return caught.value


def said(refused: Refused) -> str:
    """The sentence, however long the test took so far."""
    return re.sub(r"1 h 0 min|59 min( \d+ s)?", "an hour", refused.message)


def run(job: Job, slot: int = 0):
    held = rows.claim(job, rows.make_node(str(uuid.uuid4())), slot)
    assert enter_stage(held, Stage.RUNNING)
    return held


def test_each_job_counts(person, slow):
    rows.submit(person, slow, variations=3)
    assert said(refusal(lambda: rows.submit(person, slow, variations=2))) == (
        f"The Free plan starts 4 jobs in any hour. Start 1 of these 2 now, and more in an hour. {ASK}"
    )
    rows.submit_one(person, slow)
    refused = refusal(lambda: rows.submit_one(person, slow))
    assert said(refused) == f"The Free plan starts 4 jobs in any hour. Start more jobs in an hour. {ASK}"
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    assert (Job.objects.count(), Batch.objects.count()) == (4, 2)


def test_more_jobs_than_the_limit_are_told_how_many_to_start(person, slow):
    assert "Start 4 of these 8 now" in said(refusal(lambda: rows.submit(person, slow, variations=8)))


def test_repeats_reuse_and_refused_requests_count_nothing(person, slow):
    key = uuid.uuid4()
    rows.submit(person, slow, variations=2, seed=1, key=key)
    rows.submit(person, slow, variations=2, seed=1, key=key)
    rows.submit(person, slow, variations=2, seed=1, reuse=True)
    kept = credit_account_of(person.pk).available
    leave_credits(person.pk, 0)
    with pytest.raises(Refused, match="credit"):
        rows.submit_one(person, slow)
    leave_credits(person.pk, kept)
    rows.submit(person, slow, variations=2)
    refusal(lambda: rows.submit_one(person, slow))


def test_submit_and_cancel_writes_no_rows_beyond_the_limit(person, slow):
    def submit_and_cancel():
        cancel_job(job=rows.submit_one(person, slow))

    for _ in range(4):
        submit_and_cancel()
    before = (JobEvent.objects.count(), LedgerEntry.objects.count())
    for _ in range(5):
        refusal(submit_and_cancel)
    assert (JobEvent.objects.count(), LedgerEntry.objects.count()) == before


def test_a_running_job_beyond_the_limit_runs_on_and_is_charged(person, slow, artifacts):
    jobs = rows.submit(person, slow, variations=3)
    held = [run(job) for job in jobs]
    assert [cancel_job(job=job) for job in jobs[:2]] == ["stopping", "stopping"]
    refused = refusal(lambda: cancel_job(job=jobs[2]))
    assert said(refused) == (
        f"The Free plan stops 2 running jobs in any hour. This job runs on; you can stop it in an hour. {ASK}"
    )
    jobs[2].refresh_from_db()
    assert (jobs[2].status, jobs[2].cancel_requested_at) == ("processing", None)
    assert [finish_job(each, artifacts).value for each in held] == ["cancelled", "cancelled", "completed"]
    assert credit_account_of(person.pk).spent == jobs[2].price


def test_a_repeated_cancel_counts_once(person, slow):
    jobs = rows.submit(person, slow, variations=2)
    for job in jobs:
        run(job)
    assert [cancel_job(job=jobs[0]) for _ in range(3)] == ["stopping"] * 3
    assert cancel_job(job=jobs[1]) == "stopping"
    assert cancel_job(job=jobs[0]) == "stopping"


def test_jobs_that_used_no_node_are_always_cancelled(person, slow):
    Plan.objects.filter(slug="free").update(cancels_per_hour=0)
    queued, staged = rows.submit(person, slow, variations=2)
    held = rows.claim(staged, rows.make_node())
    assert [cancel_job(job=queued), cancel_job(job=staged)] == ["never_started", "stopping"]
    assert requeue_job(held, outcome=Outcome.LOST) == "cancelled"


def test_of_a_batch_those_within_the_limit_are_stopped(person, slow):
    jobs = rows.submit(person, slow, variations=4)
    for job in jobs[:3]:
        run(job)
    answers = cancel_batch(batch=jobs[0].batch)
    assert answers == {"never_started": 1, "stopping": 2, "runs_on": 1}


def test_staff_stop_any_job(person, slow):
    Plan.objects.filter(slug="free").update(cancels_per_hour=0)
    job = rows.submit_one(person, slow)
    run(job)
    assert cancel_job(job=job, by_staff=True) == "stopping"


def test_another_person_has_a_count_of_their_own(person, slow, cast):
    rows.submit(person, slow, variations=4)
    rows.submit(cast.stranger, slow, variations=4)


def test_nothing_is_held_for_what_was_refused(person, slow):
    rows.submit(person, slow, variations=4)
    refusal(lambda: rows.submit_one(person, slow))
    account = credit_account_of(person.pk)
    entries = LedgerEntry.objects.filter(account=account, kind="hold")
    assert account.reserved == entries.aggregate(all=Sum("amount"))["all"] == 4 * 3


@pytest.mark.django_db(transaction=True)
def test_parallel_submits_exceed_no_limit(person, slow):
    def submit():
        try:
            return rows.submit_one(person, slow)
        except Refused:
            return None

    made = together(*[submit] * 9)
    assert (len([job for job in made if job]), Job.objects.count()) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_parallel_cancels_exceed_no_limit(person, slow):
    jobs = rows.submit(person, slow, variations=4)
    for job in jobs:
        run(job)

    def cancel(job):
        try:
            return cancel_job(job=job).value
        except Refused:
            return "refused"

    answers = together(*[lambda job=job: cancel(job) for job in jobs])
    assert sorted(answers) == ["refused", "refused", "stopping", "stopping"]
    assert Job.objects.exclude(cancel_requested_at=None).count() == 2
