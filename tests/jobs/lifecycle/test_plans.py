"""What the owner's plan and credits decide when a job is submitted and when it ends."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from billing.ledger import credit_account_of, find_drift
from billing.models import Hold, Plan
from billing.plans import change_plan
from creator.lib.errors import Refused
from jobs.enums import FailureCode, Outcome
from jobs.lifecycle import cancel_job, fail_job, fail_waiting, finish_job, requeue_job
from jobs.models import Artifact, Batch, Job, Upload, UserQueue
from tests.jobs.lifecycle import rows

PRICE = 3
ENDINGS = {
    "finish": lambda job, held: finish_job(held, []),
    "fail": lambda job, held: fail_job(held, FailureCode.NODE_ERROR),
    "poison": lambda job, held: fail_job(held, FailureCode.POISON),
    "cancel": lambda job, held: (cancel_job(job=job), finish_job(held, [])),
    "cancel at requeue": lambda job, held: (cancel_job(job=job), requeue_job(held, outcome=Outcome.LOST)),
}


@pytest.fixture
def poor(db) -> User:
    """A user on the free plan: 2 jobs at a time, 50 waiting, 50 credits."""
    return User.objects.create_user("poor@example.org")


def balances(owner) -> tuple[int, int, int]:
    """Return (available, reserved, spent), and assert that the ledger has no drift."""
    assert find_drift() == []
    account = credit_account_of(owner.pk)
    return account.available, account.reserved, account.spent


def test_a_submit_holds_the_price_of_each_job(poor, slow):
    jobs = rows.submit(poor, slow, variations=4)
    held = Hold.objects.filter(reference__in=[f"job:{job.id}" for job in jobs], state="open")
    assert (held.count(), held.aggregate(all=Sum("amount"))["all"]) == (4, 4 * PRICE)
    assert {hold.label for hold in held} == {"slow"}
    assert balances(poor) == (50 - 4 * PRICE, 4 * PRICE, 0)


def test_the_price_is_that_of_the_submit(poor, slow):
    rows.submit_one(poor, slow)
    type(slow.preset).objects.update(price=40)
    assert balances(poor) == (50 - PRICE, PRICE, 0)


@pytest.mark.parametrize("end", ENDINGS)
def test_only_a_picture_is_paid_for(poor, slow, node, end):
    job = rows.submit_one(poor, slow)
    ENDINGS[end](job, rows.claim(job, node))
    assert Job.objects.get(pk=job.pk).is_final
    assert balances(poor) == ((50 - PRICE, 0, PRICE) if end == "finish" else (50, 0, 0))


@pytest.mark.parametrize("waited_too_long", [False, True])
def test_what_never_ran_costs_nothing(poor, slow, waited_too_long):
    job = rows.submit_one(poor, slow)
    fail_waiting(job, FailureCode.NODE_UNAVAILABLE) if waited_too_long else cancel_job(job=job)
    assert balances(poor) == (50, 0, 0)


def test_a_job_that_waits_again_keeps_its_hold(poor, slow, node):
    job = rows.submit_one(poor, slow)
    requeue_job(rows.claim(job, node), outcome=Outcome.LOST)
    assert balances(poor) == (50 - PRICE, PRICE, 0)


def test_without_enough_credits_nothing_of_a_batch_is_taken(poor, slow):
    for _ in range(2):
        rows.submit(poor, slow, variations=8)
    before = balances(poor), Job.objects.count(), Batch.objects.count(), rows.counts(poor)
    with pytest.raises(Refused) as refused:
        rows.submit(poor, slow, variations=2)
    assert (refused.value.code, refused.value.details) == (
        "insufficient_credits",
        {"available": 2, "needed": 2 * PRICE},
    )
    assert (balances(poor), Job.objects.count(), Batch.objects.count(), rows.counts(poor)) == before


def test_a_full_queue_takes_no_more_and_says_how_many_wait(poor, slow):
    Plan.objects.filter(slug="free").update(queued_jobs=3)
    rows.submit(poor, slow, variations=2)
    with pytest.raises(Refused) as refused:
        rows.submit(poor, slow, variations=2)
    assert (refused.value.code, refused.value.status) == ("queue_full", 429)
    assert refused.value.details == {"queued": 2, "limit": 3}
    assert (rows.counts(poor), Batch.objects.count()) == ((2, 0), 1)
    assert rows.submit_one(poor, slow).status == "queued"


def test_the_plan_decides_limit_share_and_rank(poor, slow):
    job = rows.submit_one(poor, slow)
    queue = UserQueue.objects.get(pk=poor.pk)
    assert (queue.limit, queue.share) == (2, 1.0)
    change_plan(poor, "studio")
    ahead = rows.submit_one(poor, slow)
    queue.refresh_from_db()
    assert (queue.limit, queue.share) == (20, 4.0)
    assert ahead.rank_at < job.rank_at


def test_a_change_of_plan_reaches_a_queue_that_waits(poor, slow, node, django_capture_on_commit_callbacks):
    rows.submit_one(poor, slow)
    with django_capture_on_commit_callbacks(execute=True):
        change_plan(poor, "studio")
    assert UserQueue.objects.values_list("limit", "share").get(pk=poor.pk) == (20, 4.0)


def test_a_batch_is_as_large_as_the_plan_lets_it(poor, presets):
    Plan.objects.filter(slug="free").update(batch_files=2)
    photos = [rows.make_upload(poor) for _ in range(3)]
    with pytest.raises(Refused) as refused:
        rows.submit(poor, presets["cinematic"], photos=photos)
    assert refused.value.details == {
        "photos": "Send at most 2 photos at a time: the Free plan takes no more. "
        "Ask the people who run this site for a larger plan."
    }


def test_files_are_kept_as_long_as_the_plan_says(poor, presets, artifacts):
    photo = rows.make_upload(poor)
    job = rows.submit_one(poor, presets["cinematic"], photos=[photo])
    node = rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    before = timezone.now()
    finish_job(rows.claim(job, node), artifacts)
    until = Job.objects.get(pk=job.pk).files_expire_at
    assert timedelta(days=7) <= until - before < timedelta(days=7, minutes=5)
    for kept in [Upload.objects.get(pk=photo.pk), *Artifact.objects.filter(job=job)]:
        assert abs(kept.expires_at - until) < timedelta(seconds=5)


def test_a_photo_goes_when_the_last_open_job_that_uses_it_has_ended(poor, presets):
    photo = rows.make_upload(poor)
    first, last = rows.submit(poor, presets["cinematic"], photos=[photo], variations=2)
    expiries = []
    for job in (first, last):
        cancel_job(job=job)
        expiries.append(Upload.objects.get(pk=photo.pk).expires_at)
    assert (expiries[0], expiries[1] > timezone.now() + timedelta(days=6)) == (None, True)


def test_a_photo_that_went_meanwhile_is_refused(poor, presets):
    photo = rows.make_upload(poor)
    Upload.objects.filter(pk=photo.pk).delete()
    with pytest.raises(Refused) as refused:
        rows.submit(poor, presets["cinematic"], photos=[photo], key=uuid.uuid4())
    assert (refused.value.code, Job.objects.count()) == ("gone", 0)
