from datetime import timedelta
from threading import Barrier

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Exists, F
from django.utils import timezone

from billing.plans import change_plan
from creator.lib.errors import Refused
from jobs.lifecycle import NewArtifact, finish_job
from jobs.models import Artifact, Job, Upload
from jobs.retention import Purged, purge, purge_expired
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import PATIENCE, together
from tests.jobs.retention import stored
from tests.jobs.retention.stored import AHEAD, GONE


def test_what_expired_goes_and_everything_else_stays(cast, slow, storage):
    old, young = (stored.make_results(cast.owner, slow, expires_in=when) for when in (GONE, AHEAD))
    foreign = stored.make_results(cast.stranger, slow, expires_in=AHEAD)
    unused, fresh = (stored.make_photo(cast.owner, expires_in=when) for when in (GONE, AHEAD))
    stays = stored.keys_of(young, foreign, fresh)
    assert stored.keys_there() == stays | stored.keys_of(old, unused)
    assert purge_expired(at_a_time=2) == Purged(artifacts=3, uploads=1, bytes=1030)
    assert stored.keys_there() == stays
    assert set(Upload.objects.all()) == {fresh}
    assert set(Artifact.objects.values_list("job", flat=True)) == {young.id, foreign.id}
    assert purge_expired() == Purged()


def test_the_record_of_a_job_stays_and_says_that_its_files_went(cast, slow, storage):
    photo = stored.make_photo(cast.owner, expires_in=GONE)
    old, young = (stored.make_results(cast.owner, slow, expires_in=when) for when in (GONE, AHEAD))
    Job.objects.filter(pk=old.pk).update(upload=photo)
    purge_expired()
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.status, old.upload_id, old.artifacts.count()) == ("completed", None, 0)
    assert (old.files_purged_at is None, young.files_purged_at) == (False, None)


def test_audit_lines_say_what_went_and_name_nothing(cast, slow, folder):
    job = stored.make_results(cast.owner, slow, expires_in=GONE)
    photo = stored.make_photo(cast.owner, expires_in=GONE)
    purge_expired()
    assert stored.audit_lines() == [
        ("files_purged", f"job:{job.id}", {"files": 3, "bytes": 30}),
        ("files_purged", f"upload:{photo.id}", {"files": 3, "bytes": 1000}),
    ]


def test_a_job_is_marked_when_its_last_file_goes(cast, slow, folder):
    job = stored.make_results(cast.owner, slow, expires_in=GONE)
    job.artifacts.filter(kind="result").update(expires_at=timezone.now() + AHEAD)
    purge_expired()
    job.refresh_from_db()
    assert (job.artifacts.count(), job.files_purged_at) == (1, None)


@pytest.mark.parametrize("status", ["queued", "processing"])
def test_the_photo_of_an_open_job_stays_whatever_its_expiry(cast, slow, folder, status):
    photo = stored.make_photo(cast.owner, expires_in=GONE)
    job = rows.submit_one(cast.owner, slow)
    Job.objects.filter(pk=job.pk).update(upload=photo)
    if status == "processing":
        rows.claim(job, rows.make_node())
    assert (purge_expired(), stored.keys_there()) == (Purged(), stored.keys_of(photo))
    stored.end(job)
    assert (purge_expired().uploads, stored.keys_there()) == (1, set())


def test_a_photo_without_expiry_stays(cast, folder):
    photo = stored.make_photo(cast.owner, expires_in=None)
    assert (purge_expired(), stored.keys_there()) == (Purged(), stored.keys_of(photo))


def test_what_is_gone_already_counts_as_deleted(cast, slow, storage):
    job = stored.make_results(cast.owner, slow, expires_in=GONE)
    for key in stored.keys_of(job):
        default_storage.delete(key)
    assert purge_expired() == Purged(artifacts=3, bytes=30)


@pytest.mark.parametrize("change", [{"expires_in": GONE}, {"held": True}])
def test_a_photo_that_is_purged_is_taken_by_no_job(cast, presets, folder, change):
    """A new job can take neither an expired photo nor one that a purger has taken but not yet deleted."""
    photo = stored.make_photo(cast.owner, expires_in=change.get("expires_in", AHEAD))
    if "held" in change:
        Upload.objects.update(purge_after=timezone.now() + AHEAD)
    with pytest.raises(Refused) as refused:
        rows.submit(cast.owner, presets["cinematic"], photos=[photo])
    assert (refused.value.code, Job.objects.count()) == ("gone", 0)


@pytest.mark.django_db(transaction=True)
def test_many_purgers_do_each_file_once(cast, slow, folder):
    jobs = [stored.make_results(cast.owner, slow, expires_in=GONE) for _ in range(8)]
    photos = [stored.make_photo(cast.owner, expires_in=GONE) for _ in range(8)]
    done = together(*[lambda: purge_expired(at_a_time=3)] * 4)
    assert sum(one.artifacts for one in done) == 3 * len(jobs)
    assert sum(one.uploads for one in done) == len(photos)
    assert (sum(one.failures for one in done), stored.keys_there()) == (0, set())
    purged = [(subject, details["files"]) for _, subject, details in stored.audit_lines()]
    assert sum(files for _, files in purged) == 3 * len(jobs + photos)
    assert Job.objects.filter(files_purged_at=None).count() == 0


def test_each_plan_keeps_files_as_long_as_it_says(cast, slow, folder):
    """Free keeps files for 7 days, Studio for 90. The purge runs 10 days later."""
    jobs = {}
    for owner, plan in ((cast.owner, "free"), (cast.other, "studio")):
        change_plan(owner, plan)
        jobs[plan] = rows.submit_one(owner, slow)
        claim = rows.claim(jobs[plan], rows.make_node(f"{plan}-node"))
        key = stored.store(f"results/{jobs[plan].id}/result")
        assert finish_job(claim, [NewArtifact("result", key, "image/png", "1" * 64, 10, 4, 3)])
    Artifact.objects.update(expires_at=F("expires_at") - timedelta(days=10))
    assert (purge_expired().artifacts, stored.keys_there()) == (1, stored.keys_of(jobs["studio"]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_two_purgers_that_each_delete_a_part_of_a_job_mark_it_as_purged(cast, slow, folder, monkeypatch):
    job = stored.make_results(cast.owner, slow, expires_in=GONE)
    first, *rest = job.artifacts.order_by("pk")
    both_have_deleted = Barrier(2)

    def meet(rows):
        both_have_deleted.wait(PATIENCE)
        return Exists(rows)

    monkeypatch.setattr(purge, "Exists", meet)
    together(*[lambda part=part: purge._forget_artifacts(part, Purged()) for part in ([first], rest)])
    job.refresh_from_db()
    assert (job.artifacts.count(), job.files_purged_at is None) == (0, False)
