"""A photo in a Google Drive folder becomes one job, and its result lies beside, once."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Q

from creator.platform.models import Delivery
from creator.platform.outbox import handing_on, lease
from drive import watching
from drive.enums import Trouble
from drive.folders import watch_folder
from drive.google_fake.faults import Fault
from drive.models import Connection, FoundFile, WrittenFile
from drive.waiting import INTAKE, RESULTS
from jobs.models import Artifact, Job
from jobs.signals import job_ended
from tests.drive.flow.conftest import photo
from tests.drive.google.conftest import ANN
from tests.jobs.lifecycle import rows


@pytest.fixture
def folder(google, cast, presets, connect):
    return watch_folder(
        owner=cast.owner,
        connection=connect(cast.owner),
        input_id=google.inbox,
        output_id=google.outbox,
        preset="cinematic",
        takes_existing=True,
    )


@pytest.fixture
def go(folder, monkeypatch):
    """One round: looks, takes, writes, with all that was postponed."""
    monkeypatch.setattr("drive.sources.google.exchange.PATIENCE_S", 0)

    def round_trip():
        Connection.objects.update(due_at="2026-01-01T00:00Z")
        Delivery.objects.filter(done_at=None).update(due_at="2026-01-01T00:00Z")
        watching.look_due(at_once=1)
        for kind in (INTAKE, RESULTS):
            while delivery := lease.take_due(Q(kind=kind)):
                handing_on.hand_on(delivery)
        return dict(FoundFile.objects.values_list("name", "state"))

    return round_trip


def end(job: Job) -> None:
    """As its holder would."""
    key = default_storage.save(f"artifacts/{job.pk}.png", ContentFile(f"picture of {job.pk}".encode()))
    Artifact.objects.create(
        job=job, kind="result", key=key, content_type="image/png", sha256="0" * 64, size=1, width=1, height=1
    )
    rows.put_into(job, "completed")
    job_ended.send(Job, job_id=job.pk, owner_id=job.owner_id, status="completed", is_wanted=True)


def names_in(google, folder_id: str) -> list[str]:
    files = google.world.files.values()
    return sorted(each.name for each in files if folder_id in each.parents and not each.trashed)


def test_new_copied_and_renamed_photos_become_one_job_each_picture(google, go):
    google.world.put(ANN, "a.jpg", parent=google.inbox, content=photo(), mime_type="image/jpeg")
    assert go() == {"a.jpg": "taken"}
    google.world.put(ANN, "Copy of a.jpg", parent=google.inbox, content=photo(), mime_type="image/jpeg")
    google.world.put(ANN, "b.jpg", parent=google.inbox, content=photo("blue"), mime_type="image/jpeg")
    google.world.put(ANN, "elsewhere.jpg", content=photo("black"), mime_type="image/jpeg")
    assert go() == {"a.jpg": "taken", "Copy of a.jpg": "copy", "b.jpg": "taken"}
    for job in Job.objects.all():
        end(job)
    go()
    go()
    assert names_in(google, google.outbox) == ["a-cinematic.png", "b-cinematic.png"]
    assert Job.objects.count() == 2


@pytest.mark.parametrize("times", [1, 3])
def test_an_error_after_the_file_was_created_leaves_one_file(google, go, times):
    google.world.put(ANN, "a.jpg", parent=google.inbox, content=photo(), mime_type="image/jpeg")
    go()
    end(Job.objects.get())
    for method, path in (("PUT", "/upload"), ("POST", "/upload")):
        google.server.faults.add(Fault(500, method=method, path=path, times=times, is_after=True))
    for _ in range(2 * times + 3):
        go()
    assert names_in(google, google.outbox) == ["a-cinematic.png"]
    assert WrittenFile.objects.get().written_at


def test_a_forgotten_page_token_loses_and_doubles_nothing(google, go):
    google.world.put(ANN, "a.jpg", parent=google.inbox, content=photo(), mime_type="image/jpeg")
    go()
    google.world.put(ANN, "b.jpg", parent=google.inbox, content=photo("blue"), mime_type="image/jpeg")
    google.world.forget_pages(410)
    go()
    assert go() == {"a.jpg": "taken", "b.jpg": "taken"}
    assert Job.objects.count() == 2


def test_rate_limits_and_errors_only_delay(google, go):
    google.world.put(ANN, "a.jpg", parent=google.inbox, content=photo(), mime_type="image/jpeg")
    google.server.faults.add(Fault(403, "userRateLimitExceeded", path="/drive", times=2))
    google.server.faults.add(Fault(429, "rateLimitExceeded", path="/drive", retry_after_s=7))
    google.server.faults.add(Fault(500, path="/drive", times=2))
    for _ in range(10):
        go()
    assert go() == {"a.jpg": "taken"}
    assert Job.objects.count() == 1


def test_a_revoked_access_pauses_the_connection(google, go, folder):
    go()
    google.server.oauth.revoke_account(ANN)
    google.world.put(ANN, "a.jpg", parent=google.inbox, content=photo(), mime_type="image/jpeg")
    go()
    assert Connection.objects.get().trouble == Trouble.ACCESS_LOST
    assert not FoundFile.objects.exists()
