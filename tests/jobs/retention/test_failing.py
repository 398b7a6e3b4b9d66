"""A storage that cannot delete: the row stays, the purge is retried after a pause, and staff see the failure."""

import shutil
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone
from structlog.testing import capture_logs

from jobs.models import Artifact, Upload
from jobs.retention import Overdue, Purged, overdue, purge_expired
from jobs.retention.expired import FIRST_WAIT_S, LONGEST_WAIT_S
from tests.jobs.retention import stored
from tests.jobs.retention.stored import GONE


@pytest.fixture
def stuck(cast, folder):
    """An expired photo whose preview cannot be deleted, because a non-empty folder has its path."""
    photo = stored.make_photo(cast.owner, expires_in=GONE)
    (folder / photo.preview_key).unlink()
    (folder / photo.preview_key / "x").mkdir(parents=True)
    return photo


def pass_time(seconds):
    Upload.objects.update(purge_after=F("purge_after") - timedelta(seconds=seconds))


def test_a_failure_keeps_the_row_and_is_tried_again_later(stuck, folder):
    assert (purge_expired(), purge_expired()) == (Purged(failures=1), Purged())
    stuck.refresh_from_db()
    assert stuck.purge_failures == 1
    pass_time(FIRST_WAIT_S)
    assert purge_expired() == Purged(failures=1)
    shutil.rmtree(folder / stuck.preview_key)
    pass_time(FIRST_WAIT_S)
    assert purge_expired() == Purged()
    pass_time(FIRST_WAIT_S)
    assert purge_expired() == Purged(uploads=1, bytes=1000)
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(0, FIRST_WAIT_S), (1, 2 * FIRST_WAIT_S), (400, LONGEST_WAIT_S)]
)
def test_waits_double_up_to_a_bound(stuck, failures, wait_s):
    Upload.objects.update(purge_failures=failures)
    purge_expired()
    stuck.refresh_from_db()
    waits_s = (stuck.purge_after - timezone.now()).total_seconds()
    assert (stuck.purge_failures, round(waits_s / 60)) == (failures + 1, wait_s // 60)


def test_what_lies_beside_a_failure_goes(cast, stuck, slow):
    job = stored.make_results(cast.owner, slow, expires_in=GONE)
    assert purge_expired() == Purged(artifacts=3, bytes=30, failures=1)
    assert job.artifacts.count() == 0


def test_failures_can_be_seen(stuck):
    with capture_logs() as logs:
        purge_expired()
    seen = [(line["subject"], line["failures"]) for line in logs if line["event"] == "purge_failed"]
    assert seen == [(f"upload:{stuck.id}", 1)]
    assert overdue() == [Overdue("results", 0, 0, None), Overdue("photos", 1, 1, stuck.expires_at)]
    said = StringIO()
    call_command("retention", "status", stdout=said)
    assert [line.split("\t")[:2] for line in said.getvalue().splitlines()[2:]] == [
        [f"upload:{stuck.id}", "1 failures"]
    ]


def test_the_audit_tells_only_of_what_went(stuck):
    purge_expired()
    assert stored.audit_lines() == []


@pytest.mark.services
def test_a_bucket_that_is_away_ends_the_run_and_loses_nothing(cast, slow, settings, services):
    """Three failures in a row end the run. Rows that it did not try get no waiting time."""
    options = {"bucket_name": "b", "access_key": "a", "secret_key": "s", "endpoint_url": "http://127.0.0.1:9"}
    away = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    jobs = [stored.make_results(cast.owner, slow, expires_in=GONE) for _ in range(3)]
    settings.STORAGES = settings.STORAGES | {"default": away}
    assert purge_expired() == Purged(failures=3)
    rows = Artifact.objects.order_by("expires_at", "job_id", "pk")
    assert [(row.purge_failures, row.purge_after is None) for row in rows] == [(1, False)] * 3 + [
        (0, True)
    ] * 6
    assert [job.files_purged_at for job in jobs] == [None] * 3


@pytest.mark.django_db
def test_a_purger_that_died_is_followed_by_another(cast, folder):
    photo = stored.make_photo(cast.owner, expires_in=GONE)
    Upload.objects.update(purge_after=timezone.now() + timedelta(minutes=1))
    assert purge_expired() == Purged()
    Upload.objects.update(purge_after=timezone.now())
    (folder / photo.key).unlink()
    assert purge_expired() == Purged(uploads=1, bytes=1000)
