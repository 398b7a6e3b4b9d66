"""A change of plan, and an edit of its numbers by staff, take effect on what waits and on what is stored."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from billing.models import Plan
from billing.plans import change_plan, tell_of_edit
from jobs.enums import FailureCode
from jobs.lifecycle import fail_job, finish_job, follow_plan
from jobs.models import Artifact, Job, Upload, UserQueue
from tests.jobs.lifecycle import rows

DAY, MOMENT = timedelta(days=1), timedelta(seconds=60)


@pytest.fixture
def person(db) -> User:
    """A user on the free plan: 2 jobs at a time, no bonus, files are kept for 7 days."""
    return User.objects.create_user("person@example.org")


@pytest.fixture
def change(person, django_capture_on_commit_callbacks):
    def change(slug: str) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            change_plan(person, slug)

    return change


@pytest.fixture
def edit(django_capture_on_commit_callbacks):
    def edit(slug: str, **numbers) -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            Plan.objects.filter(pk=slug).update(**numbers)
            tell_of_edit(slug)

    return edit


def bonus(job: Job) -> float:
    job.refresh_from_db()
    return (job.created_at - job.rank_at).total_seconds()


def queue(owner: User) -> tuple[int, float]:
    return UserQueue.objects.values_list("limit", "share").get(pk=owner.pk)


def kept_for(row) -> timedelta:
    row.refresh_from_db()
    return (row.files_expire_at if isinstance(row, Job) else row.expires_at) - timezone.now()


@pytest.fixture
def finished(person, presets, artifacts) -> Job:
    photo = rows.make_upload(person)
    job = rows.submit_one(person, presets["cinematic"], photos=[photo])
    node = rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    finish_job(rows.claim(job, node), artifacts)
    return job


def stored(job: Job) -> list:
    job.refresh_from_db()
    return [job, job.upload, *Artifact.objects.filter(job=job)]


def test_jobs_that_wait_are_ranked_by_the_new_plan_in_their_order(person, slow, change):
    jobs = rows.submit(person, slow, variations=3)
    change("creator")
    assert [bonus(job) for job in jobs] == [30, 30, 30]
    assert list(Job.objects.order_by("rank_at")) == jobs
    change("free")
    assert [bonus(job) for job in jobs] == [0, 0, 0]


def test_the_queue_has_the_new_limit_and_share_and_others_keep_theirs(person, slow, change, cast):
    rows.submit_one(person, slow)
    waiting = rows.submit_one(cast.stranger, slow)
    change("studio")
    assert (queue(person), queue(cast.stranger), bonus(waiting)) == ((20, 4.0), (2, 1.0), 0)


def test_jobs_that_run_and_jobs_that_ended_keep_their_rank(person, slow, node, change):
    running, failed = rows.submit(person, slow, variations=2)
    rows.claim(running, node)
    fail_job(rows.claim(failed, node, 1), FailureCode.NODE_ERROR)
    change("studio")
    assert [bonus(job) for job in (running, failed)] == [0, 0]


def test_a_larger_plan_keeps_stored_files_longer_from_their_job_s_end(finished, change):
    Job.objects.filter(pk=finished.pk).update(finished_at=timezone.now() - 2 * DAY)
    change("creator")
    for row in stored(finished):
        assert timedelta(0) <= 28 * DAY - kept_for(row) < MOMENT, row


def test_a_smaller_plan_keeps_the_dates_that_people_were_shown(finished, change):
    change("studio")
    change("free")
    for row in stored(finished):
        assert timedelta(0) <= 90 * DAY - kept_for(row) < MOMENT, row


def test_what_has_expired_or_waits_for_a_job_gets_no_date(person, finished, presets, change):
    Artifact.objects.filter(job=finished).update(expires_at=timezone.now() - DAY)
    Job.objects.filter(pk=finished.pk).update(files_expire_at=timezone.now() - DAY)
    used, unused = rows.make_upload(person), rows.make_upload(person)
    rows.submit_one(person, presets["cinematic"], photos=[used])
    change("studio")
    assert all(kept_for(each) < timedelta(0) for each in Artifact.objects.filter(job=finished))
    assert kept_for(finished) < timedelta(0)
    assert (Upload.objects.get(pk=used.pk).expires_at, kept_for(unused) < DAY) == (None, True)


def test_the_photo_of_a_failed_job_is_kept_longer_too(person, presets, change):
    photo = rows.make_upload(person)
    job = rows.submit_one(person, presets["cinematic"], photos=[photo])
    node = rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    fail_job(rows.claim(job, node), FailureCode.NODE_ERROR)
    change("studio")
    assert timedelta(0) <= 90 * DAY - kept_for(photo) < MOMENT


def test_an_edit_by_staff_reaches_all_who_have_the_plan_and_nobody_else(person, slow, edit, cast):
    waiting = [rows.submit_one(owner, slow) for owner in (person, cast.stranger, cast.owner)]
    edit("free", parallel_jobs=7, share=3.0, priority_bonus_s=15)
    assert [queue(job.owner) for job in waiting] == [(7, 3.0), (7, 3.0), (20, 4.0)]
    assert [bonus(job) for job in waiting] == [15, 15, 60]


def test_an_edit_writes_all_queues_in_one_statement(person, slow, edit, cast):
    for owner in (person, cast.stranger, cast.staff):
        rows.submit_one(owner, slow)
    with CaptureQueriesContext(connection) as asked:
        edit("free", parallel_jobs=7)
    updates = [each["sql"] for each in asked if each["sql"].startswith('UPDATE "jobs_userqueue"')]
    assert (len(updates), queue(cast.staff)) == (1, (7, 1.0))


def test_an_edit_leaves_the_dates_of_stored_files(finished, edit):
    before = [kept_for(row) for row in stored(finished)]
    edit("free", retention_days=1)
    after = [kept_for(row) for row in stored(finished)]
    assert all(abs(old - new) < MOMENT for old, new in zip(before, after, strict=True))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_photos_that_a_submit_has_locked_are_not_waited_for(finished, person):
    with CaptureQueriesContext(connection) as asked:
        follow_plan(person.pk)
    (update,) = [each["sql"] for each in asked if each["sql"].startswith('UPDATE "jobs_upload"')]
    assert "FOR NO KEY UPDATE SKIP LOCKED" in update
