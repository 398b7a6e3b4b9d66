"""The timer that alone brings every job home: it rings for what nobody holds and ends what waited too long."""

from __future__ import annotations

from django.conf import settings

from creator.lib.clock import database_now
from jobs.enums import FailureCode, JobStatus
from jobs.lifecycle.bell import MOST_RINGS, ring
from jobs.lifecycle.finish import fail_waiting
from jobs.models import Job
from jobs.scheduling.snapshot import free_slots, queue_heads

EXPIRED_AT_A_TIME = 100


def sweep() -> int:
    """Rings once for each orphan and at most as often as queued jobs and free slots meet. Returns the rings."""
    for job in _waited_too_long():
        fail_waiting(job, FailureCode.NODE_UNAVAILABLE)
    orphans = Job.objects.filter(status=JobStatus.PROCESSING, lease_until__lt=database_now())[
        :MOST_RINGS
    ].count()
    slots = free_slots()
    eligible = len(queue_heads(slots)) if slots else 0
    rings = orphans + min(len(slots), eligible)
    ring(rings)
    return rings


def _waited_too_long() -> list[Job]:
    queued = Job.objects.filter(status=JobStatus.QUEUED)
    return list(
        queued.filter(rank_at__lt=database_now(-settings.CONFIG.queue_timeout_seconds))[:EXPIRED_AT_A_TIME]
    )
