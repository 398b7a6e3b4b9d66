from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Hold
from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import (
    Cause,
    cancel_job,
    enter_stage,
    fail_job,
    fail_waiting,
    finish_job,
    report_progress,
    requeue_job,
)
from jobs.models import Attempt, Job, JobEvent
from tests.jobs.lifecycle import rows


def test_finish_keeps_files_attempt_and_counts(job, held, artifacts):
    assert finish_job(held, artifacts) == "completed"
    job.refresh_from_db()
    attempt = Attempt.objects.get(pk=held.attempt_id)
    assert (job.status, job.stage, job.error_code, job.progress.percent) == ("completed", "", "", 100)
    assert sorted(job.artifacts.values_list("kind", flat=True)) == ["preview", "result", "thumbnail"]
    assert (attempt.outcome, attempt.node_done_at is None, attempt.ended_at is None) == (
        "completed",
        False,
        False,
    )
    assert rows.counts(job.owner) == (0, 0)


def test_fail_says_why_to_the_owner_and_the_rest_to_the_log(job, held):
    assert fail_job(held, FailureCode.OUT_OF_MEMORY, cause=Cause(detail="/srv/secret/path")) == "failed"
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "out_of_memory")
    assert job.error_message == FailureCode.OUT_OF_MEMORY.label
    assert not Job.objects.filter(error_message__contains="secret").exists()
    assert not JobEvent.objects.filter(reason__contains="secret").exists()


def test_an_attempt_keeps_its_error_and_the_nodes_own_words_redacted_and_bounded(job, held):
    said = (
        'node 3 (KSampler): OutOfMemoryError: 2 GiB\nFile "/srv/app/nodes.py", https://u:pw@gpu/x '
        + "x " * 2000
    )
    requeue_job(held, outcome=Outcome.FAILED, cause=Cause("The node ran out of memory.", "OutOfMemory", said))
    attempt = Attempt.objects.get(pk=held.attempt_id)
    assert (attempt.error, len(attempt.error_detail)) == ("OutOfMemory", 1000)
    assert attempt.error_detail.startswith(
        'node 3 (KSampler): OutOfMemoryError: 2 GiB\nFile "…/nodes.py", [url] x x'
    )
    assert JobEvent.objects.latest("sequence").reason == "The node ran out of memory."


def test_fail_waiting_ends_queued_jobs_only(job, node):
    assert fail_waiting(job, FailureCode.NODE_UNAVAILABLE) is True
    job.refresh_from_db()
    assert (job.status, job.error_code, rows.counts(job.owner)) == ("failed", "node_unavailable", (0, 0))


def test_fail_waiting_leaves_a_job_that_was_just_claimed(job, held):
    before = rows.all_rows(job)
    assert fail_waiting(job, FailureCode.NODE_UNAVAILABLE) is False
    assert rows.all_rows(job) == before


@pytest.mark.parametrize(
    ("fault", "death", "counted"), [(False, False, (0, 0)), (True, False, (1, 0)), (True, True, (1, 1))]
)
def test_requeue_counts_faults_and_deaths_and_keeps_the_rank(job, held, fault, death, counted):
    assert requeue_job(held, outcome=Outcome.FAILED, fault=fault, death=death) == "queued"
    again = Job.objects.get(pk=job.pk)
    assert (again.status, again.stage, again.token, again.lease_until) == ("queued", "", None, None)
    assert ((again.faults, again.deaths), again.rank_at, again.not_before) == (counted, job.rank_at, None)
    assert rows.counts(job.owner) == (1, 0)
    assert Attempt.objects.get(pk=held.attempt_id).outcome == "failed"


def test_requeue_backs_off(job, held):
    now = timezone.now()
    requeue_job(held, outcome=Outcome.FAILED, wait_s=30)
    waits = Job.objects.get(pk=job.pk).not_before - now
    assert timedelta(seconds=29) < waits < timedelta(seconds=40)


def test_the_next_attempt_has_the_next_number_and_another_prompt(job, node, held):
    requeue_job(held, outcome=Outcome.LOST)
    rows.claim(job, node)
    first, second = job.attempts.all()
    assert (first.number, second.number) == (1, 2)
    assert first.prompt_id != second.prompt_id
    assert first.filename_prefix != second.filename_prefix


def test_the_percentage_never_falls_and_begins_anew_with_a_new_attempt(job, node, held):
    seen = []
    for percent in (10, 40, 25):
        report_progress(held, percent=percent, stage_title="Work", step=1, steps=2)
        job.progress.refresh_from_db()
        seen.append(job.progress.percent)
    requeue_job(held, outcome=Outcome.LOST)
    job.progress.refresh_from_db()
    assert (seen, job.progress.percent, job.progress.stage_title, job.progress.steps) == (
        [10, 40, 40],
        0,
        "",
        0,
    )


def test_stages_are_told_and_dated(job, held):
    assert enter_stage(held, Stage.RUNNING) is True
    job.refresh_from_db()
    assert (job.stage, job.started_at is None) == ("running", False)
    assert Attempt.objects.get(pk=held.attempt_id).execution_started_at is not None
    assert [event.stage for event in job.events.all()] == ["", "staged", "running"]


def test_requeue_of_a_job_that_is_to_be_cancelled_cancels_it(job, held):
    """Otherwise an owner whose cancel was answered with "stopping" would see the job wait and run again."""
    assert cancel_job(job=job) == "stopping"
    assert requeue_job(held, outcome=Outcome.LOST, fault=True) == "cancelled"
    job.refresh_from_db()
    assert (job.status, job.faults, rows.counts(job.owner)) == ("cancelled", 0, (0, 0))
    assert Attempt.objects.get(pk=held.attempt_id).outcome == "cancelled"
    assert cancel_job(job=job) == "stopping"


def test_a_job_that_is_to_be_cancelled_does_not_fail(job, held):
    cancel_job(job=job)
    assert fail_job(held, FailureCode.NODE_ERROR) == "cancelled"
    job.refresh_from_db()
    assert (job.status, job.error_code, rows.counts(job.owner)) == ("cancelled", "", (0, 0))


def test_cancel_of_a_queued_job_ends_it_and_says_so_again(job):
    assert [cancel_job(job=job) for _ in range(2)] == ["never_started", "never_started"]
    job.refresh_from_db()
    assert (job.status, rows.counts(job.owner), job.attempts.count()) == ("cancelled", (0, 0), 0)
    assert [event.status for event in job.events.all()] == ["queued", "cancelled"]


def test_cancel_of_a_processing_job_asks_its_holder(job, held, mailbox):
    assert cancel_job(job=job) == "stopping"
    job.refresh_from_db()
    asked = job.cancel_requested_at
    assert cancel_job(job=job) == "stopping"
    job.refresh_from_db()
    assert (job.status, job.cancel_requested_at, mailbox) == ("processing", asked, [job.id, job.id])
    assert requeue_job(held, outcome=Outcome.FAILED) == "cancelled"
    assert cancel_job(job=job) == "stopping"


def test_a_cancel_request_has_a_number_so_that_watchers_show_it(job, held):
    before = job.progress.sequence
    cancel_job(job=job)
    job.progress.refresh_from_db()
    assert job.progress.sequence > before


@pytest.mark.parametrize("end", ["finish", "fail"])
def test_cancel_of_a_final_job_is_too_late(job, held, artifacts, end):
    finish_job(held, artifacts) if end == "finish" else fail_job(held, FailureCode.TIMEOUT)
    before = rows.all_rows(job)
    assert [cancel_job(job=job) for _ in range(2)] == ["too_late", "too_late"]
    assert rows.all_rows(job) == before


def test_a_job_that_is_to_be_cancelled_does_not_complete_and_costs_nothing(job, held, artifacts):
    assert cancel_job(job=job) == "stopping"
    assert finish_job(held, artifacts) == "cancelled"
    job.refresh_from_db()
    assert (job.status, job.artifacts.count(), rows.counts(job.owner)) == ("cancelled", 0, (0, 0))
    assert Attempt.objects.get(pk=held.attempt_id).outcome == "cancelled"
    assert Hold.objects.get(reference=f"job:{job.id}").state == "released"
    assert cancel_job(job=job) == "stopping"


def test_cancel_looks_again_when_the_job_went_back_between_its_two_looks(job, monkeypatch):
    """Where writers do not wait for each other, another connection may requeue the job between the looks."""
    from jobs.lifecycle import cancel

    looks = iter([None])  # the first look finds it processing, the second finds it queued
    move_job = cancel.move_job
    monkeypatch.setattr(cancel, "move_job", lambda *a, **k: next(looks, True) and move_job(*a, **k))
    assert cancel_job(job=job) == "never_started"
    assert Job.objects.get(pk=job.pk).status == "cancelled"
