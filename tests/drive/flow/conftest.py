from dataclasses import replace
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Q
from PIL import Image

from creator.platform.models import Delivery
from creator.platform.outbox import handing_on, lease
from drive import opening, watching
from drive.enums import SourceKind
from drive.models import Connection, FoundFile, WatchedFolder
from drive.waiting import INTAKE, RESULTS
from jobs.enums import JobStatus
from jobs.models import Artifact, Job
from jobs.signals import job_ended
from tests.drive.flow.memory import Memory
from tests.jobs.lifecycle import rows


def photo(colour: str = "red", form: str = "JPEG") -> bytes:
    """A small picture; each colour has a content of its own."""
    stream = BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, form)
    return stream.getvalue()


@pytest.fixture(params=["with ids", "by names"])
def memory(request, monkeypatch) -> Memory:
    """A source that knows files by ids of its own, and one that knows them by name."""
    made = Memory(with_ids=request.param == "with ids")
    monkeypatch.setitem(opening._OPENERS, SourceKind.FOLDER, made.open)
    return made


@pytest.fixture
def folder(cast, presets, memory) -> WatchedFolder:
    connection = Connection.objects.create(owner=cast.owner, kind="folder", account="/", label="Photos")
    return WatchedFolder.objects.create(
        connection=connection,
        owner=cast.owner,
        input_id="in",
        input_name="in",
        output_id="out",
        output_name="out",
        preset_id="cinematic",
    )


@pytest.fixture
def go(folder):
    """One round: looks, takes what was found, writes what is due. Returns the states of the files by name."""

    def hand_on(kind):
        while delivery := lease.take_due(Q(kind=kind)):
            handing_on.hand_on(delivery)

    def round_trip():
        Connection.objects.update(due_at="2026-01-01T00:00Z")
        watching.look_due(at_once=1)
        hand_on(INTAKE)
        hand_on(RESULTS)
        return dict(FoundFile.objects.order_by("pk").values_list("name", "state"))

    return round_trip


@pytest.fixture
def due():
    """Makes what was postponed or failed due now."""
    return lambda: Delivery.objects.filter(done_at=None).update(due_at="2026-01-01T00:00Z")


@pytest.fixture
def end():
    """Ends a job as its holder would: the artifact is stored, the status is final, and it is told."""

    def end_job(job: Job, status: str = JobStatus.COMPLETED, content: bytes | None = None) -> None:
        if status == JobStatus.COMPLETED:
            data = content if content is not None else f"picture of {job.pk}".encode()
            key = default_storage.save(f"artifacts/{job.pk}.png", ContentFile(data))
            Artifact.objects.create(
                job=job,
                kind="result",
                key=key,
                content_type="image/png",
                sha256="0" * 64,
                size=1,
                width=1,
                height=1,
            )
        rows.put_into(job, status)
        job_ended.send(Job, job_id=job.pk, owner_id=job.owner_id, status=status, is_wanted=True)

    return end_job


@pytest.fixture
def config(settings):
    def change(**fields):
        settings.CONFIG = replace(settings.CONFIG, **fields)

    return change
