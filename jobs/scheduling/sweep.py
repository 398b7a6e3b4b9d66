"""The timer that alone brings every job home: it rings for what nobody holds and ends what waited too long.

Any number of sweepers may run: each change is a guarded UPDATE, and a ring too many changes nothing.
"""

from __future__ import annotations

from itertools import islice

import structlog
from django.conf import settings
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from creator.lib.clock import database_now
from creator.lib.database_errors import DATABASE_AWAY
from jobs.catalogue import known_needs, needs_served
from jobs.enums import FailureCode, JobStatus, Outcome
from jobs.lifecycle.bell import MOST_RINGS, ring
from jobs.lifecycle.finish import fail_waiting
from jobs.models import Attempt, Job, UserQueue
from jobs.nodes import nodes_seen_within
from jobs.scheduling.snapshot import read_wishes

log = structlog.get_logger(__name__)
EXPIRED_AT_A_TIME = 100
LEAK_GRACE_S = 60


def sweep() -> int:
    """Rings once for each orphan and at most as often as queued jobs and free slots meet. Returns the rings."""
    orphans = Job.objects.filter(status=JobStatus.PROCESSING, lease_until__lt=database_now())[
        :MOST_RINGS
    ].count()
    rings = min(orphans + sum(1 for _ in islice(read_wishes(), MOST_RINGS)), MOST_RINGS)
    ring(rings)  # first: nothing that goes wrong below keeps it from anybody
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
        # Whatever is wrong with this one job's rows: the others are ended all the same.
        log.exception("waiting_job_not_failed", job_id=str(job.pk))


def free_leaked_slots() -> int:
    """Closes attempts that hold a slot though their job is at rest or at another attempt. Returns how many.

    Every ending frees its slot in its own transaction, so there should be none; one that was missed would keep a slot
    from everybody for ever. Held for LEAK_GRACE_S first, so that nobody who is about to free it is overtaken.
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
    now = timezone.now()
    open_still = Attempt.objects.filter(pk__in=[row[0] for row in found], node_done_at__isnull=True)
    open_still.filter(outcome=Outcome.OPEN).update(outcome=Outcome.LOST)
    freed = open_still.update(node_done_at=now, ended_at=Coalesce(F("ended_at"), Value(now)))
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
    """Old jobs that no node could have run in all that time. A long queue before working nodes is no failure.

    Asked from the presets that nothing can run, through each user's line of one preset: not from all that is old.
    """
    timeout_s = settings.CONFIG.queue_timeout_seconds
    nodes = nodes_seen_within(timeout_s).defer("classes", "model_files")
    unserved = set(known_needs()).difference(*needs_served(nodes).values())
    if not unserved:
        return []
    users = UserQueue.objects.filter(queued__gt=0).values("owner_id")
    oldest = database_now(-timeout_s)
    # The rank leads an index to them; being less by the plan's bonus, it alone would shorten the wait of who pays more.
    old = Job.objects.filter(
        status=JobStatus.QUEUED,
        owner__in=users,
        need__in=unserved,
        rank_at__lt=oldest,
        created_at__lt=oldest,
    )
    return list(old[:EXPIRED_AT_A_TIME])
