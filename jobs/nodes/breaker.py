"""Each node's breaker: faults in a row close the node to new jobs, a prompt that it ran opens it.

The database's clock alone says what is over. Closing times end by themselves only where nobody asks the node how it
is: whoever does makes it prove itself first (`jobs.nodes.health`).
"""

from __future__ import annotations

import structlog
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from creator.lib.clock import database_now
from jobs.comfy import ComfyError, DiskFull
from jobs.enums import NodeState
from jobs.models import Node

log = structlog.get_logger(__name__)
FAULTS_TO_CLOSE = 3
FIRST_CLOSED_S = 10.0  # longer than the pause between two checks: a proof comes before the time is over
LONGEST_CLOSED_S = 60.0
QUARANTINED_S = 600.0
WORDS = 200


def usable_nodes() -> QuerySet[Node]:
    """Nodes that may get a new job now: wanted, seen, not closed."""
    return Node.objects.filter(state=NodeState.ACTIVE, seen_at__isnull=False).exclude(is_closed())


def is_closed() -> Q:
    """The condition under which a node gets nothing new and what is staged on it is taken back."""
    return Q(closed_until__gt=database_now())


def nodes_seen_within(seconds: float) -> QuerySet[Node]:
    """Nodes that are wanted and were well so recently, whether or not they are closed just now."""
    return Node.objects.filter(state=NodeState.ACTIVE, seen_at__gt=database_now(-seconds))


def count_usable_nodes() -> int:
    return usable_nodes().count()


def note_fault(node_id: int, error: ComfyError, *, known: int | None = None) -> None:
    """Counts a fault; from the third in a row on the node gets no new jobs for a growing while. A full disk fails
    whatever comes, so it closes the node at once.

    `known`: how many faults the caller had read. Of several who saw the same fault one counts it.
    """
    rows = Node.objects.filter(pk=node_id)
    if known is not None:
        rows = rows.filter(failures=known)
    counted = Greatest(F("failures") + 1, Value(FAULTS_TO_CLOSE if isinstance(error, DiskFull) else 0))
    if not rows.update(failures=counted, trouble=f"{error.message} {error.detail}".strip()[:WORDS]):
        return
    failures = Node.objects.values_list("failures", flat=True).filter(pk=node_id).first() or 0
    if failures >= FAULTS_TO_CLOSE:
        closed_s = min(FIRST_CLOSED_S * 2 ** (failures - FAULTS_TO_CLOSE), LONGEST_CLOSED_S)
        Node.objects.filter(pk=node_id).update(closed_until=database_now(closed_s))
    log.warning("node_fault", node_id=node_id, failures=failures, code=error.code, detail=error.detail[:300])


def note_success(node_id: int) -> None:
    """It ran a prompt: whatever was wrong is over."""
    Node.objects.filter(pk=node_id).update(
        failures=0, closed_until=None, trouble="", proven_at=database_now()
    )


def quarantine(node_id: int, words: str) -> None:
    """It answers and does no work, which only a restart mends: closed for long, and staff read why.

    The proof that follows a restart opens it at once.
    """
    changed = Node.objects.filter(pk=node_id).exclude(trouble=words[:WORDS])
    if changed.update(trouble=words[:WORDS]):
        log.error("node_needs_restart", node_id=node_id, why=words)
    Node.objects.filter(pk=node_id).update(
        failures=Greatest(F("failures"), Value(FAULTS_TO_CLOSE)), closed_until=database_now(QUARANTINED_S)
    )


def note_restart(node: Node) -> bool:
    """Counts a restart; what the node can do is read again. `node` as it was read while the lost prompt was there:
    of all who had prompts on it one counts. Whether it was this one."""
    seen = Node.objects.filter(pk=node.pk, restarts=node.restarts)
    counted = seen.update(restarts=F("restarts") + 1, abilities_read_at=None, head=None, head_since=None)
    if counted:
        log.warning("node_restarted", node_id=node.pk, node=node.name)
    return bool(counted)
