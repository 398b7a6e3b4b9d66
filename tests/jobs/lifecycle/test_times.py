"""All times of rows come from the database's clock, so processes whose clocks differ write comparable ones."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db.models import DateTimeField
from django.utils import timezone

from accounts.api_keys import make_api_key, record_use
from creator.lib.clock import read_database_now
from creator.platform.audit import write_audit_line
from creator.platform.outbox import add_delivery
from creator.platform.periodic import take_slot
from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import (
    cancel_job,
    enter_stage,
    fail_waiting,
    finish_job,
    free_slot,
    report_progress,
    requeue_job,
)
from jobs.models import Attempt, Job
from jobs.scheduling.sweep import free_leaked_slots
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)
SHIFT = timedelta(days=4000)  # longer than any retention
OURS = ("accounts", "billing", "jobs", "platform")
NOT_OURS = {
    "User.date_joined",
    "User.last_login",
}  # Django writes them, and no other time is compared with them
CALENDAR = {
    "CreditAccount.next_expiry_at",
    "CreditAccount.period_starts_at",
    "CreditAccount.period_ends_at",
    "CreditBucket.expires_at",
    "CreditBucket.extended_until",
}  # days from sign-up or from a payment


def clock(shift):
    """Shift the clock of this process, not the database's."""
    return time_machine.travel(timezone.now() + shift)


def all_times():
    """Yield the name and value of every time in every row of our apps."""
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            names = [each.attname for each in model._meta.get_fields() if isinstance(each, DateTimeField)]
            for row in model.objects.values_list(*names) if names else ():
                for name, value in zip(names, row, strict=True):
                    if value is not None and f"{model.__name__}.{name}" not in NOT_OURS | CALENDAR:
                        yield f"{model.__name__}.{name}", value


@pytest.fixture(params=[SHIFT, -SHIFT], ids=["behind", "ahead"])
def done(request, cast, slow, node, artifacts):
    """A completed job that four processes worked on, two of them with a wrong clock, among rows of all kinds."""
    with clock(request.param):
        done, again, cancelled, failed = (rows.submit_one(cast.owner, slow) for _ in range(4))
        key, _ = make_api_key(owner=cast.owner, name="test")
        add_delivery(kind="mail", destination="a@example.org", event_id="1", payload={})
        write_audit_line("test", "subject")
        take_slot("test", timedelta(seconds=5))
    with clock(-request.param):
        claim = rows.claim(done, node)
        enter_stage(claim, Stage.RUNNING)
        record_use(key)
    with clock(request.param):
        report_progress(claim, percent=5, stage_title="Work", step=1, steps=2)
        free_slot(claim, gpu_seconds=1.0)
        requeue_job(rows.claim(again, node), outcome=Outcome.LOST, wait_s=1)
        cancel_job(job=cancelled)
        fail_waiting(failed, FailureCode.NODE_UNAVAILABLE)
    with clock(-request.param):
        finish_job(claim, artifacts)
    return Job.objects.get(pk=done.pk)


def test_no_row_has_a_time_of_a_process(done):
    times, now = list(all_times()), read_database_now()
    assert {name for name, value in times if abs(value - now) > SHIFT / 2} == set()
    assert {
        "Job.created_at",
        "Job.started_at",
        "Job.finished_at",
        "Attempt.ended_at",
        "JobProgress.updated_at",
        "Hold.closed_at",
        "LedgerEntry.at",
        "Delivery.created_at",
        "AuditLine.at",
        "ApiKey.created_at",
        "BeatSlot.created_at",
    } <= {name for name, _ in times}


def test_the_times_of_a_job_are_in_order(done):
    attempt = done.attempts.get()
    times = [
        done.created_at,
        attempt.created_at,
        done.started_at,
        attempt.execution_started_at,
        attempt.node_done_at,
        done.finished_at,
        attempt.ended_at,
    ]
    assert times == sorted(times)


def test_the_jobs_of_a_batch_keep_their_order(cast, slow):
    jobs = rows.submit(cast.owner, slow, variations=5)
    assert [job.pk for job in Job.objects.order_by("created_at")] == [job.pk for job in jobs]


def test_a_slot_that_leaked_is_freed_at_the_database_s_time(job, held):
    Attempt.objects.update(created_at=read_database_now() - timedelta(hours=1))
    Job.objects.filter(pk=job.pk).update(status="queued", stage="", token=None, lease_until=None)
    with clock(SHIFT):
        assert free_leaked_slots() == 1
    assert abs(Attempt.objects.get().ended_at - read_database_now()) < timedelta(minutes=1)
