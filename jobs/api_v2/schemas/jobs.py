from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from billing.plans import lately_limits_of
from creator.api.fields import AnswerFields, Fields, whole_address
from creator.http.file_links import file_link, link_expires_at
from jobs.api_v2.labels import labels_of
from jobs.catalogue import graph_of
from jobs.enums import ArtifactKind, JobStatus, Stage
from jobs.models import Artifact, Job, PresetVersion
from jobs.streaming.snapshot import Snapshot

PAGE_SIZE = 50
MOST_PER_PAGE = 100
LONGEST_CURSOR = 200
FILTER = "metadata["


class Status(StrEnum):
    """A job's status by the contract. Its further one, `expired`, is what a job of ours never is."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


_STATUS = {
    JobStatus.QUEUED: Status.QUEUED,
    JobStatus.COMPLETED: Status.SUCCEEDED,
    JobStatus.FAILED: Status.FAILED,
    JobStatus.CANCELLED: Status.CANCELED,
}
"""Of jobs that no worker holds."""


class ExtraData(Fields):
    """What the contract passes on to nodes of partners. No preset has such nodes, so a key is dropped at once."""

    api_key_comfy_org = serializers.CharField(required=False, allow_blank=True)


class JobBody(Fields):
    """The body of `POST /jobs`. `workflow` is a graph in the API format."""

    workflow = serializers.DictField()
    extra_data = ExtraData(required=False)
    metadata = serializers.DictField(required=False, default=dict)


class JobsQuery(Fields):
    """The query of `GET /jobs`: `metadata[key]=value` asks for jobs with that label, up to three of them."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_PER_PAGE, required=False, default=PAGE_SIZE)
    cursor = serializers.CharField(max_length=LONGEST_CURSOR, required=False, default="")

    def to_internal_value(self, data: Any) -> Any:
        filters = {name: value for name, value in data.items() if name.startswith(FILTER) and name[-1] == "]"}
        values = super().to_internal_value({name: data[name] for name in data if name not in filters})
        return {**values, "labels": {name[len(FILTER) : -1]: value for name, value in filters.items()}}


class ProgressAnswer(AnswerFields):
    value = serializers.FloatField(min_value=0, max_value=1)
    nodes_done = serializers.IntegerField()
    nodes_total = serializers.IntegerField()
    current_node = serializers.CharField(allow_null=True)
    current_node_class = serializers.CharField(allow_null=True)
    step = serializers.IntegerField(allow_null=True)
    steps = serializers.IntegerField(allow_null=True)
    message = serializers.CharField(allow_null=True)


class OutputAnswer(AnswerFields):
    """The finished picture. As an asset, it has the id of its job."""

    node_id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["image"])
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    id = serializers.UUIDField()
    hash = serializers.CharField(allow_null=True)
    url = serializers.URLField()
    url_expires_at = serializers.DateTimeField()
    job_id = serializers.UUIDField()


class JobErrorAnswer(AnswerFields):
    code = serializers.CharField()
    message = serializers.CharField()
    node_id = serializers.CharField(allow_null=True)
    class_type = serializers.CharField(allow_null=True)
    traceback = serializers.CharField(allow_null=True)


class MetricsAnswer(AnswerFields):
    """In milliseconds; null before they are known."""

    queue_ms = serializers.IntegerField(allow_null=True)
    execution_ms = serializers.IntegerField(allow_null=True)


class UrlsAnswer(AnswerFields):
    """Relative to the host."""

    self = serializers.CharField()
    events = serializers.CharField()
    cancel = serializers.CharField()


class JobAnswer(AnswerFields):
    """A job as the contract draws it."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=[each.value for each in Status])
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()
    queue_position = serializers.IntegerField(allow_null=True)
    progress = ProgressAnswer(allow_null=True)
    outputs = OutputAnswer(many=True)
    error = JobErrorAnswer(allow_null=True)
    metrics = MetricsAnswer()
    urls = UrlsAnswer()
    metadata = serializers.DictField(child=serializers.CharField())


class JobLineAnswer(AnswerFields):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=[each.value for each in Status])
    create_time = serializers.DateTimeField()
    update_time = serializers.DateTimeField()
    metadata = serializers.DictField(child=serializers.CharField())


class JobListAnswer(AnswerFields):
    """A page of the caller's jobs, newest first. The last page has no `next_cursor`."""

    jobs = JobLineAnswer(many=True)
    next_cursor = serializers.CharField(required=False)


class WorkflowAnswer(AnswerFields):
    """The graph with the settings of a job, and with an asset reference in place of its photo's name."""

    workflow = serializers.DictField()
    format = serializers.ChoiceField(choices=["api"])


def status_of(status: str, stage: str, *, cancelling: bool) -> Status:
    """A prompt that waits on its node behind another one still counts as queued."""
    if status != JobStatus.PROCESSING:
        return _STATUS[JobStatus(status)]
    if cancelling:
        return Status.CANCELING
    return Status.QUEUED if stage == Stage.STAGED else Status.RUNNING


def whole_job(request: Request, job: Job, now: Snapshot) -> dict[str, Any]:
    """Everything about a job that was loaded as `jobs.queries.with_labels` does."""
    status = status_of(now.status, now.stage, cancelling=now.cancelling)
    return new_job(job, labels_of(job)) | {
        "status": status,
        "queue_position": now.position,
        "progress": None if status == Status.QUEUED else progress_of(job.preset_version, vars(now)),
        "outputs": outputs_of(request, job),
        "error": {**now.error, "node_id": None, "class_type": None, "traceback": None} if now.error else None,
    }


def new_job(job: Job, labels: Mapping[str, str]) -> dict[str, Any]:
    """A job that was just queued. Where it is in the queue, a later answer says."""
    return {
        "id": job.id,
        "status": Status.QUEUED,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "completed_at": job.finished_at,
        "expires_at": _expiry(job),
        "queue_position": None,
        "progress": None,
        "outputs": [],
        "error": None,
        "metrics": _metrics(job),
        "urls": _urls(job),
        "metadata": labels,
    }


def progress_of(version: PresetVersion, now: Mapping[str, Any]) -> dict[str, Any]:
    """Progress from the fields of a snapshot. The nodes that are done follow from the percentage, which counts each by
    the time that it usually takes.
    """
    graph, value = graph_of(version), min(1.0, max(0.0, now["percent"] / 100))
    node = next((stage.node for stage in version.manifest.stages if stage.title == now["words"]), None)
    return {
        "value": value,
        "nodes_done": int(value * len(graph)),
        "nodes_total": len(graph),
        "current_node": node,
        "current_node_class": graph[node]["class_type"] if node else None,
        "step": now["step"] or None,
        "steps": now["steps"] or None,
        "message": now["words"] or None,
    }


def outputs_of(request: HttpRequest | Request, job: Job) -> list[dict[str, Any]]:
    """The result, if there is one and it is stored."""
    results = [each for each in job.artifacts.all() if each.kind == ArtifactKind.RESULT]
    return [output_of(request, job, result) for result in results]


def output_of(request: HttpRequest | Request, job: Job, result: Artifact) -> dict[str, Any]:
    return {
        "node_id": job.preset_version.manifest.output_node,
        "name": job.result_name,
        "type": "image",
        "content_type": result.content_type,
        "size_bytes": result.size,
        "id": job.id,
        "hash": None,
        "url": whole_address(request, file_link(result.key, name=job.result_name)),
        "url_expires_at": link_expires_at(),
        "job_id": job.id,
    }


def job_line(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "status": status_of(job.status, job.stage, cancelling=job.cancel_requested_at is not None),
        "create_time": job.created_at,
        "update_time": job.progress.updated_at,
        "metadata": labels_of(job),
    }


def _expiry(job: Job) -> datetime:
    if job.files_expire_at:
        return job.files_expire_at
    kept = timedelta(days=lately_limits_of(job.owner_id).retention_days)
    return (job.finished_at or timezone.now()) + kept


def _metrics(job: Job) -> dict[str, int | None]:
    waited_until, ended_at = job.started_at or job.finished_at, job.finished_at or timezone.now()
    return {
        "queue_ms": _ms(waited_until - job.created_at) if waited_until else None,
        "execution_ms": _ms(ended_at - job.started_at) if job.started_at else None,
    }


def _ms(span: timedelta) -> int:
    return max(0, int(span.total_seconds() * 1000))


def _urls(job: Job) -> dict[str, str]:
    names = {"self": "v2_job", "events": "v2_job_events", "cancel": "v2_job_cancel"}
    return {link: reverse(name, args=[job.id]) for link, name in names.items()}
