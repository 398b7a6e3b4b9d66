"""Rows that pages show: a node without models, photos without files, jobs in every status."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.enums import FINAL, JobStatus
from jobs.models import Artifact, Job, JobEvent, JobProgress, Node, Upload

NOW = timezone.now


@pytest.fixture
def able_node(presets) -> Node:
    """Has every class and no model: six presets can run, two cannot."""
    classes = {name for offered in presets.values() for name in offered.manifest.required_classes}
    return Node.objects.create(
        name="able", url="http://127.0.0.1:9", classes=sorted(classes), abilities_read_at=NOW()
    )


@pytest.fixture
def make_upload(cast) -> Callable[..., Upload]:
    def make(owner=None, **fields) -> Upload:
        keys = {name: f"uploads/{uuid.uuid4()}.webp" for name in ("key", "preview_key", "thumbnail_key")}
        fields = (
            {"name": "fig.jpg", "width": 1200, "height": 800, "size": 9, "sha256": "a" * 64} | keys | fields
        )
        return Upload.objects.create(owner=owner or cast.owner, **fields)

    return make


@pytest.fixture
def make_job(cast, presets, make_upload) -> Callable[..., Job]:
    """Make a job with progress and the events that lead to its status; a completed one has three artifacts."""

    def make(status=JobStatus.QUEUED, *, owner=None, slug="cinematic", **fields) -> Job:
        owner = owner or cast.owner
        offered = presets[slug]
        upload = make_upload(owner) if offered.manifest.needs_photo else None
        values = {each.name: each.default for each in offered.manifest.settings if each.default is not None}
        fields = {
            "name": upload.name if upload else slug,
            "seed": 5,
            "price": 1,
            "parameters": values,
        } | fields
        job = Job.objects.create(
            owner=owner, preset_version=offered.version, upload=upload, need=offered.version.digest,
            rank_at=NOW(), **fields,
        )  # fmt: skip
        _bring_into(job, status)
        _add_history(job)
        return job

    return make


def _bring_into(job: Job, status: str) -> None:
    """Move the job to `status` by the moves that the database allows. Fields that a test set stay."""
    on_the_way = {JobStatus.QUEUED: [], JobStatus.PROCESSING: [JobStatus.PROCESSING]}
    for step in on_the_way.get(status, [JobStatus.PROCESSING, status]):
        state = {"stage": "", "token": None, "lease_until": None} | _state(step)
        Job.objects.filter(pk=job.pk).update(status=step, **state)
    job.refresh_from_db(fields=["status", *_state(JobStatus.PROCESSING), *_state(JobStatus.FAILED)])


def _state(status: str) -> dict:
    if status == JobStatus.PROCESSING:
        held = {"lease_until": NOW() + timedelta(hours=1), "token": uuid.uuid4()}
        return {"stage": "running", "started_at": NOW(), **held}
    state = {"finished_at": NOW(), "started_at": NOW()} if status in FINAL else {}
    if status == JobStatus.FAILED:
        state |= {"error_code": "timeout", "error_message": "Making the picture took too long."}
    return state


def _add_history(job: Job) -> None:
    JobProgress.objects.create(
        job=job, sequence=3, percent=56.4, stage_title="Film contrast", step=14, steps=25
    )
    JobEvent.objects.create(job=job, sequence=1, status=JobStatus.QUEUED)
    if job.status != JobStatus.QUEUED:
        JobEvent.objects.create(job=job, sequence=2, status=JobStatus.PROCESSING, stage="running")
    if job.is_final:
        JobEvent.objects.create(job=job, sequence=3, status=job.status)
    if job.status == JobStatus.COMPLETED:
        for kind in ("result", "preview", "thumbnail"):
            Artifact.objects.create(
                job=job, kind=kind, key=f"jobs/{job.id}/{kind}.webp", content_type="image/webp",
                sha256="b" * 64, size=2048, width=900, height=600,
            )  # fmt: skip
