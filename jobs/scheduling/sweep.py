"""The timer that alone brings every job home: it rings for what nobody holds and ends what waited too long."""

from __future__ import annotations

from django.conf import settings

from creator.lib.clock import database_now
from jobs.catalogue import servable_needs
from jobs.enums import FailureCode, JobStatus
from jobs.lifecycle.bell import MOST_RINGS, ring
from jobs.lifecycle.finish import fail_waiting
from jobs.models import Job
from jobs.nodes import nodes_seen_within
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
    """Old jobs that no node could have run in all that time. A long queue before working nodes is no failure."""
    timeout_s = settings.CONFIG.queue_timeout_seconds
    old = Job.objects.filter(status=JobStatus.QUEUED, rank_at__lt=database_now(-timeout_s))
    needs = list(old.order_by().values_list("need", flat=True).distinct())
    if not needs:
        return []
    servable = set().union(*(servable_needs(needs, node) for node in nodes_seen_within(timeout_s)))
    return list(old.exclude(need__in=servable)[:EXPIRED_AT_A_TIME])
