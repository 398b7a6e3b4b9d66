from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from creator.api.fields import AnswerFields, whole_address
from jobs.api.schemas.jobs import (
    MOST_PER_PAGE,
    AcceptedJob,
    AcceptedJobAnswer,
    JobAnswer,
    RequestBody,
    WholeJob,
    accepted_job,
)
from jobs.enums import JobStatus
from jobs.models import Batch, Job


class BatchBody(RequestBody):
    """The body of `POST /batches`: many photos, with `variations` pictures of each. The plan limits how many."""

    upload_ids = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST_PER_PAGE
    )
    variations = serializers.IntegerField(required=False, default=1, min_value=1)


@dataclass(frozen=True)
class AcceptedBatch:
    batch: Batch
    status_url: str
    events_url: str
    jobs: Sequence[AcceptedJob]


class AcceptedBatchAnswer(AnswerFields):
    """202: jobs that were accepted together."""

    batch_id = serializers.UUIDField(source="batch.id")
    status_url = serializers.URLField()
    events_url = serializers.URLField()
    jobs = AcceptedJobAnswer(many=True)


@dataclass(frozen=True)
class WholeBatch:
    batch: Batch
    counts: dict[str, int]
    finished: bool
    jobs: Sequence[WholeJob]


class BatchAnswer(AnswerFields):
    """All jobs of a batch, and how many have each status."""

    id = serializers.UUIDField(source="batch.id")
    created_at = serializers.DateTimeField(source="batch.created_at")
    counts = serializers.DictField(child=serializers.IntegerField())
    finished = serializers.BooleanField()
    jobs = JobAnswer(many=True)


class CancelledBatchAnswer(AnswerFields):
    """How many jobs of a batch had each cancel result."""

    batch_id = serializers.UUIDField()
    results = serializers.DictField(child=serializers.IntegerField())


def accepted_batch(request: Request, batch: Batch, jobs: Sequence[Job]) -> AcceptedBatch:
    status_url, events_url = (
        whole_address(request, reverse(name, args=[batch.id])) for name in ("api_batch", "api_batch_events")
    )
    return AcceptedBatch(batch, status_url, events_url, [accepted_job(request, job) for job in jobs])


def whole_batch(batch: Batch, jobs: Sequence[WholeJob]) -> WholeBatch:
    counted = Counter(each.job.status for each in jobs)
    return WholeBatch(
        batch,
        counts={status: counted[status] for status in JobStatus.values},
        finished=all(each.job.is_final for each in jobs),
        jobs=jobs,
    )
