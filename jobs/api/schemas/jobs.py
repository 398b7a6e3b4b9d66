from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from billing.enums import LineKind
from billing.ledger import Line
from creator.api.fields import AnswerFields, Fields, MomentField, SeveralField, whole_address
from creator.http.file_links import file_link, link_expires_at
from jobs.api.schemas.uploads import InputAnswer
from jobs.enums import ArtifactKind, JobStatus, ResultFormat, Stage
from jobs.lifecycle import CancelAnswer, lines_of_jobs
from jobs.models import Artifact, Job
from jobs.presets.params import MAX_SEED
from jobs.queries import load_nodes, load_pictures
from jobs.streaming.snapshot import Snapshot, snapshots_of

PAGE_SIZE = 30
MOST_PER_PAGE = 100
LONGEST_SLUG = 50
LONGEST_CURSOR = 200
MOST_FILES = 2**63 - 1
"""Ids of files are 8 bytes in rows."""
SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


class SeedField(serializers.IntegerField):
    """A seed. For null, the server draws one."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True, default=None, min_value=0, max_value=MAX_SEED)


class RequestBody(Fields):
    """The fields that `POST /jobs` and `POST /batches` share. Only `jobs.presets` checks the parameters."""

    preset = serializers.CharField(max_length=LONGEST_SLUG)
    parameters = serializers.DictField(required=False, default=dict)
    seed = SeedField()
    output_format = serializers.ChoiceField(
        choices=ResultFormat.choices, required=False, default=ResultFormat.PNG
    )
    reuse = serializers.BooleanField(required=False, default=False)


class JobBody(RequestBody):
    """The body of `POST /jobs`. With `variations` it makes a batch."""

    upload_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    drive_file = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=MOST_FILES,
        help_text="In place of `upload_id`: the id of a file that was found in a watched folder.",
    )
    variations = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["upload_id"] and attrs["drive_file"]:
            raise serializers.ValidationError({"drive_file": "Name one photo: this file, or an upload."})
        return attrs


class VaryBody(Fields):
    """The body of `POST /jobs/{id}/vary`, which may be left out."""

    seed = SeedField()


class JobsQuery(Fields):
    """The query of `GET /jobs`. A job has one of the statuses, and was made after and before the times."""

    status = SeveralField(
        child=serializers.ChoiceField(choices=JobStatus.choices), required=False, default=list
    )
    preset = serializers.CharField(max_length=LONGEST_SLUG, required=False, default="")
    batch = serializers.UUIDField(required=False, default=None)
    created_after = MomentField(required=False, default=None)
    created_before = MomentField(required=False, default=None)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_PER_PAGE, required=False, default=PAGE_SIZE)
    cursor = serializers.CharField(max_length=LONGEST_CURSOR, required=False, default="")


@dataclass(frozen=True)
class JobLinks:
    """Where to follow a job: by request, by WebSocket, by event stream."""

    status_url: str
    websocket_url: str
    events_url: str


class LinkFields(AnswerFields):
    status_url = serializers.URLField(source="links.status_url")
    websocket_url = serializers.CharField(source="links.websocket_url")
    events_url = serializers.URLField(source="links.events_url")


@dataclass(frozen=True)
class AcceptedJob:
    job: Job
    links: JobLinks


class AcceptedJobAnswer(LinkFields):
    """202: a job that was accepted."""

    job_id = serializers.UUIDField(source="job.id")
    status = serializers.ChoiceField(source="job.status", choices=JobStatus.choices)


@dataclass(frozen=True)
class ArtifactFile:
    artifact: Artifact
    url: str
    url_expires_at: datetime


class ArtifactAnswer(AnswerFields):
    """`expires_at` is when the link expires, `kept_until` when the file is deleted (null: no date yet)."""

    id = serializers.UUIDField(source="artifact.public_id")
    kind = serializers.ChoiceField(source="artifact.kind", choices=ArtifactKind.choices)
    expires_at = serializers.DateTimeField(source="url_expires_at")
    url = serializers.URLField()
    content_type = serializers.CharField(source="artifact.content_type")
    sha256 = serializers.CharField(source="artifact.sha256")
    size = serializers.IntegerField(source="artifact.size")
    width = serializers.IntegerField(source="artifact.width")
    height = serializers.IntegerField(source="artifact.height")
    kept_until = serializers.DateTimeField(source="artifact.expires_at", allow_null=True)


class OneArtifactAnswer(ArtifactAnswer):
    """A stored file, with the job that made it."""

    job_id = serializers.UUIDField(source="artifact.job_id")


class SizeAnswer(AnswerFields):
    """Pixels of a picture."""

    width = serializers.IntegerField()
    height = serializers.IntegerField()


class MetadataAnswer(AnswerFields):
    """What the picture was made with, to be kept beside it. `seconds`: from its start to its end (null: not ended)."""

    preset = serializers.CharField(source="job.preset_version.preset_id")
    preset_version = serializers.IntegerField(source="job.preset_version.number")
    preset_digest = serializers.CharField(source="job.preset_version.digest")
    seed = serializers.IntegerField(source="job.shown_seed", allow_null=True)
    parameters = serializers.JSONField(source="job.parameters")
    output_format = serializers.ChoiceField(source="job.output_format", choices=ResultFormat.choices)
    seconds = serializers.FloatField(allow_null=True)


class LineAnswer(AnswerFields):
    """What happened to credits of the job, and when."""

    kind = serializers.ChoiceField(choices=LineKind.choices)
    credits = serializers.IntegerField(source="amount")
    at = serializers.DateTimeField()


class ErrorAnswer(AnswerFields):
    """Why a job failed."""

    code = serializers.CharField()
    message = serializers.CharField()


@dataclass(frozen=True)
class WholeJob:
    job: Job
    now: Snapshot
    links: JobLinks
    artifacts: Sequence[ArtifactFile]
    preview_url: str | None
    lines: Sequence[Line]

    @property
    def seconds(self) -> float | None:
        return self.now.seconds if self.job.is_final else None


class JobAnswer(LinkFields):
    """Everything about one job. Its state has the names and values of socket and stream messages."""

    id = serializers.UUIDField(source="job.id")
    name = serializers.CharField(source="job.name")
    sequence = serializers.IntegerField(source="now.sequence")
    status = serializers.ChoiceField(source="now.status", choices=JobStatus.choices)
    stage = serializers.ChoiceField(source="now.stage", choices=Stage.choices, allow_blank=True)
    percent = serializers.FloatField(source="now.percent")
    words = serializers.CharField(source="now.words", allow_blank=True)
    step = serializers.IntegerField(source="now.step")
    steps = serializers.IntegerField(source="now.steps")
    position = serializers.IntegerField(source="now.position", allow_null=True)
    eta = serializers.IntegerField(source="now.eta", allow_null=True)
    why = serializers.CharField(source="now.why", allow_blank=True)
    cancelling = serializers.BooleanField(source="now.cancelling")
    preset = serializers.CharField(source="job.preset_version.preset_id")
    preset_version = serializers.IntegerField(source="job.preset_version.number")
    parameters = serializers.JSONField(source="job.parameters")
    seed = serializers.IntegerField(source="job.shown_seed", allow_null=True)
    output_format = serializers.ChoiceField(source="job.output_format", choices=ResultFormat.choices)
    price = serializers.IntegerField(source="job.price")
    lines = LineAnswer(many=True)
    result_size = SizeAnswer(source="job.result_size", allow_null=True)
    input = InputAnswer(source="job.upload", allow_null=True)
    artifacts = ArtifactAnswer(many=True)
    metadata = MetadataAnswer(source="*")
    preview_url = serializers.URLField(allow_null=True)
    error = ErrorAnswer(source="now.error", allow_null=True)
    created_at = serializers.DateTimeField(source="job.created_at")
    started_at = serializers.DateTimeField(source="job.started_at", allow_null=True)
    completed_at = serializers.DateTimeField(source="job.finished_at", allow_null=True)
    files_expire_at = serializers.DateTimeField(source="job.files_expire_at", allow_null=True)
    files_purged_at = serializers.DateTimeField(source="job.files_purged_at", allow_null=True)
    batch_id = serializers.UUIDField(source="job.batch_id", allow_null=True)
    rerun_of = serializers.UUIDField(source="job.rerun_of_id", allow_null=True)


class JobListAnswer(AnswerFields):
    """A page of the caller's jobs; `next` is the address of the next page."""

    jobs = JobAnswer(many=True)
    next = serializers.URLField(allow_null=True)


class CancelledAnswer(AnswerFields):
    """What a cancel achieved."""

    job_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=JobStatus.choices)
    result = serializers.ChoiceField(choices=[answer.value for answer in CancelAnswer])


def links_of(request: Request, job: Job) -> JobLinks:
    scheme, rest = whole_address(request, f"/ws/jobs/{job.id}").split(":", 1)
    return JobLinks(
        status_url=whole_address(request, reverse("api_job", args=[job.id])),
        websocket_url=f"{SOCKET_SCHEMES[scheme]}:{rest}",
        events_url=whole_address(request, reverse("api_job_events", args=[job.id])),
    )


def accepted_job(request: Request, job: Job) -> AcceptedJob:
    return AcceptedJob(job, links_of(request, job))


def whole_jobs(
    request: Request, jobs: Sequence[Job], snapshots: Sequence[Snapshot] | None = None
) -> list[WholeJob]:
    """Everything about each job, in a constant number of queries.

    Load the jobs with `jobs.queries.with_progress`. `snapshots`: those of the jobs, if the caller has read them.
    """
    load_pictures(jobs)
    lines = lines_of_jobs(jobs)
    return [
        _whole_job(request, job, now, lines[job.id])
        for job, now in zip(jobs, snapshots or read_snapshots(jobs), strict=True)
    ]


def read_snapshots(jobs: Sequence[Job]) -> list[Snapshot]:
    """Snapshots of jobs that are loaded with `jobs.queries.with_progress`."""
    load_nodes(jobs)
    return snapshots_of(jobs)


def _whole_job(request: Request, job: Job, now: Snapshot, lines: Sequence[Line]) -> WholeJob:
    # The preview address in the snapshot needs a session; API clients get one that takes their key.
    preview = whole_address(request, reverse("api_job_preview", args=[job.id])) if now.preview_url else None
    files = [artifact_file(request, job, each) for each in job.artifacts.all()]
    return WholeJob(job, now, links_of(request, job), files, preview, lines)


def artifact_file(request: Request, job: Job, artifact: Artifact) -> ArtifactFile:
    """The file of the job, with a signed link."""
    is_result = artifact.kind == ArtifactKind.RESULT
    name = job.result_name if is_result else f"{artifact.kind}.webp"
    path = file_link(artifact.key, name=name, inline=not is_result)
    return ArtifactFile(artifact, whole_address(request, path), link_expires_at())
