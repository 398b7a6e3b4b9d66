"""A job that its owner deletes shows nowhere, its files are gone at once, and its row goes when nothing needs it."""

import uuid

import pytest
from django.core.files.storage import default_storage

from billing.models import CreditAccount, LedgerEntry
from creator.lib.errors import Refused
from jobs.enums import FailureCode
from jobs.lifecycle import (
    JobRequest,
    NewArtifact,
    cancel_job,
    fail_job,
    finish_job,
    retry_job,
    submit_batch,
)
from jobs.models import Attempt, Job, LeftFile, Upload
from jobs.queries import has_jobs, jobs_of, list_jobs
from jobs.retention import delete_job, deleted, purge_expired
from jobs.streaming.home import read_home
from tests.jobs.lifecycle import rows
from tests.jobs.retention import stored
from tests.jobs.retention.stored import AHEAD, GONE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rings")]


@pytest.fixture
def job(cast, slow, storage) -> Job:
    """An ended job with its three files and a photo."""
    made = stored.make_results(cast.owner, slow, expires_in=AHEAD)
    made.upload = stored.make_photo(cast.owner, expires_in=AHEAD)
    made.save(update_fields=["upload"])
    return made


def refused(job: Job) -> str:
    with pytest.raises(Refused) as refusal:
        delete_job(job)
    return refusal.value.code


def test_its_files_are_gone_at_once_and_others_stay(cast, slow, job):
    other = stored.make_results(cast.owner, slow, expires_in=AHEAD)
    assert stored.keys_there() == stored.keys_of(job, job.upload, other)
    delete_job(job)
    assert stored.keys_there() == stored.keys_of(other)
    assert (Upload.objects.count(), list(list_jobs(cast.owner))) == (0, [other])


def test_it_shows_nowhere(cast, job):
    delete_job(job)
    home = read_home(cast.owner.pk)
    assert (has_jobs(cast.owner), list(jobs_of(job.batch)), home.results, home.entries) == (False, [], [], [])


def test_what_it_cost_stays(cast, slow, folder):
    job = rows.submit_one(cast.owner, slow)
    cancel_job(job=job)
    job.refresh_from_db()
    before = list(LedgerEntry.objects.values()), CreditAccount.objects.values().get(owner=cast.owner)
    delete_job(job)
    deleted_row_goes()
    assert (
        list(LedgerEntry.objects.values()),
        CreditAccount.objects.values().get(owner=cast.owner),
    ) == before
    assert Job.objects.count() == 0


def deleted_row_goes() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deleted, "KEPT_S", -1)
        purge_expired()


def test_a_second_time_changes_nothing(job):
    delete_job(job)
    before = Job.objects.values().get(pk=job.pk), stored.audit_lines()
    delete_job(job)
    assert (Job.objects.values().get(pk=job.pk), stored.audit_lines()) == before
    assert ("job_deleted", f"job:{job.pk}", {}) in stored.audit_lines()


@pytest.mark.parametrize("status", ["queued", "processing"])
def test_a_job_in_progress_stays(cast, slow, folder, status):
    job = rows.submit_one(cast.owner, slow)
    if status == "processing":
        rows.claim(job, rows.make_node())
    assert (refused(job), Job.objects.get().deleted_at, stored.audit_lines()) == ("too_late", None, [])


def test_a_photo_of_another_job_stays_until_that_is_deleted_too(cast, slow, job):
    other = stored.make_results(cast.owner, slow, expires_in=AHEAD)
    Job.objects.filter(pk=other.pk).update(upload=job.upload)
    other.refresh_from_db()
    delete_job(job)
    assert stored.keys_there() == stored.keys_of(other, job.upload)
    delete_job(other)
    assert (stored.keys_there(), Upload.objects.count()) == (set(), 0)


def test_if_the_storage_is_away_it_is_hidden_and_its_files_go_later(cast, job, monkeypatch):
    there = stored.keys_there()
    with monkeypatch.context() as patch:
        patch.setattr(type(default_storage._wrapped), "delete", fail)
        delete_job(job)
    assert (list(list_jobs(cast.owner)), stored.keys_there()) == ([], there)
    job.artifacts.update(purge_after=None)
    Upload.objects.update(purge_after=None)
    purge_expired()
    assert stored.keys_there() == set()


def fail(*_: object) -> None:
    raise OSError("the disk is away")


def test_its_row_goes_once_its_files_on_nodes_are_overwritten(cast, slow, folder):
    job = rows.submit_one(cast.owner, slow)
    fail_job(rows.claim(job, rows.make_node()), FailureCode.TIMEOUT)
    delete_job(job_now(job))
    deleted_row_goes()
    assert Job.objects.count() == 1
    Attempt.objects.update(files_on_node=False)
    purge_expired()
    assert Job.objects.count() == 1  # strays may be found by it
    deleted_row_goes()
    assert (Job.objects.count(), Attempt.objects.count()) == (0, 0)


def job_now(job: Job) -> Job:
    job.refresh_from_db()
    return job


def test_copies_of_its_photo_on_nodes_are_overwritten(cast, slow, folder):
    photo = stored.make_photo(cast.owner, expires_in=AHEAD)
    job = rows.submit_one(cast.owner, slow)
    Job.objects.filter(pk=job.pk).update(upload=photo)
    fail_job(rows.claim(job_now(job), rows.make_node()), FailureCode.TIMEOUT)
    name = Attempt.objects.select_related("job").get().photo_name
    delete_job(job_now(job))
    assert list(LeftFile.objects.values_list("type", "filename")) == [("input", name)]


def test_photos_whose_time_is_over_leave_no_copies_either(cast, slow, folder):
    photo = stored.make_photo(cast.owner, expires_in=GONE)
    job = rows.submit_one(cast.owner, slow)
    Job.objects.filter(pk=job.pk).update(upload=photo)
    fail_job(rows.claim(job_now(job), rows.make_node()), FailureCode.TIMEOUT)
    Upload.objects.update(expires_at=photo.expires_at)
    purge_expired()
    assert LeftFile.objects.count() == 1


def test_the_repeat_of_a_deleted_job_lives_on(cast, slow, folder):
    job = rows.submit_one(cast.owner, slow)
    cancel_job(job=job)
    again = retry_job(job=job_now(job))
    delete_job(job_now(job))
    deleted_row_goes()
    assert (job_now(again).rerun_of, again.status) == (None, "queued")


def test_a_deleted_picture_is_not_given_again(cast, slow, folder):
    def submit() -> Job:
        request = JobRequest(owner=cast.owner, preset=slow, seed=5, reuse=True)
        return jobs_of(submit_batch(request, key=uuid.uuid4())).get()

    job = submit()
    result = NewArtifact("result", stored.store("results/reused"), "image/png", "0" * 64, 10, 4, 3)
    finish_job(rows.claim(job, rows.make_node()), [result])
    assert submit() == job
    delete_job(job_now(job))
    assert submit() != job
