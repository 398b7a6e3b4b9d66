"""The sweep: rings for orphans and for queued jobs that fit a free slot, and fails jobs that waited too long.

It runs each second and is enough on its own to get every job done if all other rings are lost. Several sweeps
may run at once, because each change is a guarded UPDATE and extra rings do no harm.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice

import structlog
from django.conf import settings
from django.db.models import DateTimeField, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from creator.lib.clock import database_now
from creator.lib.database_errors import DATABASE_AWAY
from jobs.catalogue import known_needs, needs_served
from jobs.comfy import REFUSALS, refuses
from jobs.enums import FailureCode, JobStatus, Outcome
from jobs.lifecycle import fail_waiting
from jobs.lifecycle.bell import MOST_RINGS, doorbell
from jobs.models import ABILITIES, Attempt, Job, UserQueue
from jobs.nodes import nodes_seen_within
from jobs.scheduling.claims import read_wishes
from jobs.scheduling.queue_heads import ended_on

log = structlog.get_logger(__name__)
EXPIRED_AT_A_TIME = 100
LEAK_GRACE_S = 60


def sweep() -> int:
    """Rings once per orphan and once per queued job that fits a free slot, at most MOST_RINGS times.

    Returns the rings.
    """
    orphans = Job.objects.filter(status=JobStatus.PROCESSING, lease_until__lt=database_now())[
        :MOST_RINGS
    ].count()
    rings = min(orphans + sum(1 for _ in islice(read_wishes(), MOST_RINGS)), MOST_RINGS)
    doorbell.ring(rings)  # first, so that an error below cannot prevent it
    free_leaked_slots()
    for job in _waited_too_long():
        _fail(job)
    return rings


def _fail(job: Job) -> None:
    try:
        fail_waiting(job, FailureCode.NODE_UNAVAILABLE)
    except DATABASE_AWAY:
        raise
    except Exception:
        # An error in one job's rows must not prevent the sweep from failing the others.
        log.exception("waiting_job_not_failed", job_id=str(job.pk))


def free_leaked_slots() -> int:
    """Ends attempts that take a slot although their job is not processing or has a newer attempt.

    Returns how many. Every move out of processing frees the slot in the same transaction, so there should be
    none. A missed one would block its slot for ever. The sweep waits LEAK_GRACE_S first, so that it cannot
    race a worker that is about to free the slot.
    """
    newer = Attempt.objects.filter(job_id=OuterRef("job_id"), number__gt=OuterRef("number"))
    leaked = (
        Attempt.objects.filter(node_done_at__isnull=True)
        .annotate(since=Coalesce("ended_at", "job__finished_at", "created_at", output_field=DateTimeField()))
        .filter(~Q(job__status=JobStatus.PROCESSING) | Exists(newer), since__lt=database_now(-LEAK_GRACE_S))
    )
    found = list(leaked.order_by().values_list("pk", "job_id", "node_id", "slot"))
    if not found:
        return 0
    now = database_now()
    open_still = Attempt.objects.filter(pk__in=[row[0] for row in found], node_done_at__isnull=True)
    open_still.filter(outcome=Outcome.OPEN).update(outcome=Outcome.LOST)
    freed = open_still.update(node_done_at=now, ended_at=Coalesce(F("ended_at"), now))
    log.warning(
        "slots_leaked",
        freed=freed,
        attempts=[
            {"attempt_id": pk, "job_id": str(job_id), "node_id": node_id, "slot": slot}
            for pk, job_id, node_id, slot in found
        ],
    )
    return freed


def _waited_too_long() -> list[Job]:
    """Jobs older than the queue timeout that no node could have run in all that time.

    A long queue in front of working nodes is no reason to fail a job.
    """
    timeout_s = settings.CONFIG.queue_timeout_seconds
    served = needs_served(nodes_seen_within(timeout_s).defer(*ABILITIES))
    return [*_unserved(served, timeout_s), *_refused_everywhere(served, timeout_s)]


def _unserved(served: Mapping[int, Collection[str]], timeout_s: float) -> list[Job]:
    """Old jobs whose preset version no node serves.

    The query starts from the needs that no node serves and uses the index on owner, need and rank, so it does
    not read all old jobs.
    """
    unserved = set(known_needs()).difference(*served.values())
    if not unserved:
        return []
    users = UserQueue.objects.filter(queued__gt=0).values("owner_id")
    oldest = database_now(-timeout_s)
    # `rank_at` lets the query use the index. It is earlier than `created_at` by the plan's bonus, so on its
    # own it would shorten the timeout for plans with higher priority.
    old = Job.objects.filter(
        status=JobStatus.QUEUED,
        owner__in=users,
        need__in=unserved,
        rank_at__lt=oldest,
        created_at__lt=oldest,
    )
    return list(old[:EXPIRED_AT_A_TIME])


def _refused_everywhere(served: Mapping[int, Collection[str]], timeout_s: float) -> list[Job]:
    """Old jobs that every node which serves them has refused. Reads only jobs that some node refused."""
    some = Attempt.objects.filter(error__in=sorted(REFUSALS)).values("job_id")
    old = Job.objects.filter(status=JobStatus.QUEUED, created_at__lt=database_now(-timeout_s), pk__in=some)
    jobs = list(old[:EXPIRED_AT_A_TIME])
    ended = ended_on([job.pk for job in jobs])
    return [
        job
        for job in jobs
        if all(refuses(ended[job.pk].get(node, ())) for node, needs in served.items() if job.need in needs)
    ]
