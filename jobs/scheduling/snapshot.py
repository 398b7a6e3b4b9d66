"""Reads what placement decides on: the slots that are free, and the heads of the queues that could use them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from creator.lib.clock import database_now
from jobs.catalogue import servable_needs
from jobs.enums import JobStatus, Outcome
from jobs.lifecycle import Placement
from jobs.models import Attempt, Job, PresetVersion, UserQueue
from jobs.nodes import usable_nodes
from jobs.scheduling.placement import FreeSlot, QueueHead, pair

USERS_LOOKED_AT = 20
HEADS_PER_USER = 4


def place_jobs() -> Iterator[Placement]:
    """What could be claimed now, best first. Costs the same however long the queues are."""
    slots = free_slots()
    if slots:
        for pairing in pair(queue_heads(slots), slots):
            yield Placement(
                pairing.head.job_id, pairing.head.owner_id, pairing.slot.node_id, pairing.slot.slot
            )


def free_slots() -> list[FreeSlot]:
    """One free slot per usable node: the lowest that no open attempt holds."""
    taken: dict[int, set[int]] = defaultdict(set)
    for node_id, slot in Attempt.objects.filter(node_done_at__isnull=True).values_list("node_id", "slot"):
        taken[node_id].add(slot)
    needs = list(PresetVersion.objects.values_list("digest", flat=True))
    free = []
    for node in usable_nodes():
        lowest = next((slot for slot in range(node.slots) if slot not in taken[node.pk]), None)
        if lowest is not None:
            can_run = frozenset(servable_needs(needs, node))
            free.append(FreeSlot(node.pk, lowest, len(taken[node.pk]), can_run, node.last_need))
    return free


def queue_heads(slots: list[FreeSlot]) -> list[QueueHead]:
    """The first jobs that some free slot can run, of the users who may run one more: least loaded users first, of
    equally loaded ones those who wait longest. Users whose jobs no slot can run take nobody's place among those looked at.
    """
    needs = set().union(*(slot.needs for slot in slots))
    due = Q(not_before__isnull=True) | Q(not_before__lte=database_now())
    able = Job.objects.filter(due, status=JobStatus.QUEUED, need__in=needs).order_by("rank_at")
    queues = (
        UserQueue.objects.filter(queued__gt=0, running__lt=F("limit"))
        .annotate(load=F("running") / F("share"))
        .annotate(oldest=Subquery(able.filter(owner_id=OuterRef("owner_id")).values("rank_at")[:1]))
        .filter(oldest__isnull=False)
    )
    jobs = [
        (job, queue.load)
        for queue in queues.order_by("load", "oldest")[:USERS_LOOKED_AT]
        for job in able.filter(owner_id=queue.owner_id).only("id", "owner_id", "need", "rank_at")[
            :HEADS_PER_USER
        ]
    ]
    avoid = _failed_on([job for job, _ in jobs])
    return [
        QueueHead(job.id, job.owner_id, job.need, job.rank_at, load, frozenset(avoid[job.id]))
        for job, load in jobs
    ]


def _failed_on(jobs: Collection[Job]) -> dict[UUID, set[int]]:
    """For each job the nodes on which an attempt of it has ended."""
    nodes: dict[UUID, set[int]] = defaultdict(set)
    ended = Attempt.objects.filter(job__in=jobs).exclude(outcome=Outcome.OPEN)
    for job_id, node_id in ended.values_list("job_id", "node_id"):
        nodes[job_id].add(node_id)
    return nodes
