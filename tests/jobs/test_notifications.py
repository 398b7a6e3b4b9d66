"""Owners are told of pictures that ended while they were away: one mail for a batch, one for several requests."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db.models import F

from accounts.models import Notification
from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due
from jobs.enums import FailureCode
from jobs.lifecycle import NewArtifact, cancel_job, fail_job, fail_waiting, finish_failed, finish_job
from jobs.models import Job
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import together


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(db):
    return rows.make_node(slots=4)


@pytest.fixture
def owner(cast):
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, verified=True, primary=True)
    return cast.owner


def submit(owner, slow, *, variations=1, waited=timedelta(minutes=2)):
    """Jobs of one batch that were submitted a while ago."""
    jobs = rows.submit(owner, slow, variations=variations)
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(created_at=F("created_at") - waited)
    return jobs


def finish(job, node, slot=0):
    assert finish_job(rows.claim(job, node, slot), [])


def told():
    return [
        (each.kind, each.facts["done"], each.facts["failed"]) for each in Notification.objects.order_by("pk")
    ]


def mail_all():
    Delivery.objects.filter(done_at=None).update(due_at=database_now(-1))
    hand_on_due()


def test_a_picture_that_took_long_is_told(owner, slow, node, mailoutbox):
    (job,) = submit(owner, slow)
    finish(job, node)
    mail_all()
    assert told() == [("job_done", 1, 0)]
    assert [mail.subject for mail in mailoutbox] == [f"{job.name} is done"]
    assert f"See the result: http://127.0.0.1/jobs/{job.id}/" in mailoutbox[0].body


def test_a_picture_that_its_person_waited_for_is_not_told(owner, slow, node):
    (job,) = submit(owner, slow, waited=timedelta(seconds=50))
    finish(job, node)
    assert (told(), Delivery.objects.count()) == ([], 0)


def test_a_failure_says_why_and_that_nothing_was_charged(owner, slow, mailoutbox):
    (job,) = submit(owner, slow)
    fail_waiting(job, FailureCode.NODE_UNAVAILABLE)
    mail_all()
    assert told() == [("job_failed", 0, 1)]
    words = f"{job.name} could not be made. No node could run this job. You were not charged."
    assert words in mailoutbox[0].body


def test_a_batch_is_one_mail_when_its_last_job_ends(owner, slow, node, mailoutbox):
    first, second, third = submit(owner, slow, variations=3)
    finish(first, node)
    fail_waiting(second, FailureCode.TIMEOUT)
    assert told() == []
    finish(third, node)
    mail_all()
    assert told() == [("job_done", 2, 1)]
    (mail,) = mailoutbox
    assert mail.subject == "2 pictures are done"
    assert "1 picture could not be made and was not charged." in mail.body
    assert f"/jobs/?batch={first.batch_id}" in mail.body


def test_what_its_owner_cancelled_is_not_told(owner, slow, node):
    first, second = submit(owner, slow, variations=2)
    finish(first, node)
    cancel_job(job=second)
    assert told() == []


def test_requests_that_end_shortly_after_each_other_are_one_mail(owner, slow, node, mailoutbox):
    for _ in range(3):
        (job,) = submit(owner, slow)
        finish(job, node)
    assert Delivery.objects.count() == 3
    mail_all()
    (mail,) = mailoutbox
    assert mail.subject == "News about 3 of your requests"
    assert mail.body.count("is done.") == 3
    assert Delivery.objects.filter(done_at=None).count() == 0


def test_a_repeat_of_a_mail_tells_of_the_same(owner, slow, node, mailoutbox):
    (job,) = submit(owner, slow)
    finish(job, node)
    mail_all()
    (job,) = submit(owner, slow)
    finish(job, node)
    first = Delivery.objects.order_by("pk").first()
    # As if its worker had died before it recorded the end.
    Delivery.objects.filter(pk=first.pk).update(done_at=None)
    mail_all()
    assert [mail.body.count("is done.") for mail in mailoutbox] == [1, 1, 1]
    assert len({mail.extra_headers["Message-ID"] for mail in mailoutbox}) == 2


def test_a_picture_that_staff_finished_later_is_told_again(owner, slow, node):
    (job,) = submit(owner, slow)
    assert fail_job(rows.claim(job, node), FailureCode.UNSAVED)
    job.refresh_from_db()
    assert finish_failed(job, [NewArtifact("result", "results/x", "image/png", "1" * 64, 10, 32, 24)])
    assert told() == [("job_failed", 0, 1), ("job_done", 1, 0)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_of_two_last_jobs_that_end_together_one_tells(owner, slow, node, turn):
    first, second = submit(owner, slow, variations=2)
    claims = [rows.claim(first, node, 0), rows.claim(second, node, 1)]
    assert all(together(*[lambda claim=claim: finish_job(claim, []) for claim in claims]))
    assert told() == [("job_done", 2, 0)]
    assert Delivery.objects.count() == 1
