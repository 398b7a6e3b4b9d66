"""Each node's breaker: faults in a row close the node to new jobs, a prompt that it ran opens it.

All times are on the database's clock. A closed node normally opens when a check (`jobs.nodes.health`) has it
run a prompt; the time in `closed_until` runs out only if no process checks the node.

A node may run tiny prompts and yet lose every job. So attempts in a row without a picture are counted too: they
bar the node until `barred_until`, which only that time or a picture ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest, Least

from creator.lib.clock import database_now
from creator.lib.redaction import redact
from jobs.comfy import ComfyError, DiskFull
from jobs.enums import NodeState
from jobs.models import Node

log = structlog.get_logger(__name__)
FAULTS_TO_CLOSE = 3
# Longer than the pause between two checks, so the node must prove itself before this time is over.
FIRST_CLOSED_S = 10.0
LONGEST_CLOSED_S = 60.0
MOST_COUNTED = 100
"""A node may be away for weeks: counting ends here, long after the times have reached their longest."""
UNSEEN_S = 20.0
"""Four checks. A node that answers them too slowly to fail is not well either."""
LOSSES_TO_BAR = 3
FIRST_BARRED_S = 10.0
LONGEST_BARRED_S = 30.0
QUARANTINED_S = 600.0
TROUBLE_LENGTH = 200


def usable_nodes() -> QuerySet[Node]:
    """Returns nodes that may get a new job now: active, seen at least once, not closed."""
    return Node.objects.filter(state=NodeState.ACTIVE, seen_at__isnull=False).exclude(is_closed())


def is_closed() -> Q:
    """Returns the condition for a closed node: it gets no new jobs and its staged prompts are recalled."""
    return Q(closed_until__gt=database_now()) | Q(barred_until__gt=database_now())


def out_of_sight(nodes: Iterable[Node]) -> set[int]:
    """Keys of the nodes that were last seen UNSEEN_S before another one.

    Not before now: where no process checks any node, jobs go on all the same.
    """
    seen = {node.pk: node.seen_at for node in nodes if node.seen_at}
    newest = max(seen.values(), default=None)
    return {pk for pk, at in seen.items() if newest and newest - at > timedelta(seconds=UNSEEN_S)}


def is_closed_at(node: Node, now: datetime) -> bool:
    """As `is_closed`, for a row that has been read."""
    return any(until is not None and until > now for until in (node.closed_until, node.barred_until))


def nodes_seen_within(seconds: float) -> QuerySet[Node]:
    """Returns active nodes that were well within the last `seconds`, closed or not."""
    return Node.objects.filter(state=NodeState.ACTIVE, seen_at__gt=database_now(-seconds))


def count_usable_nodes() -> int:
    return usable_nodes().count()


def record_fault(node_id: int, error: ComfyError, *, known: int | None = None) -> None:
    """Counts a fault. From the third in a row, closes the node for a time that grows with each fault.

    A full disk fails every prompt, so it closes the node at once. `known` is the number of faults that the
    caller had read: if several callers see the same fault, only one counts it.
    """
    rows = Node.objects.filter(pk=node_id)
    if known is not None:
        rows = rows.filter(failures=known)
    counted = Greatest(_one_more("failures"), Value(FAULTS_TO_CLOSE if isinstance(error, DiskFull) else 0))
    if not rows.update(failures=counted, trouble=_words(error)):
        return
    failures = Node.objects.values_list("failures", flat=True).filter(pk=node_id).first() or 0
    if failures >= FAULTS_TO_CLOSE:
        closed_s = min(FIRST_CLOSED_S * 2 ** (failures - FAULTS_TO_CLOSE), LONGEST_CLOSED_S)
        Node.objects.filter(pk=node_id).update(closed_until=database_now(closed_s))
    log.warning("node_fault", node_id=node_id, failures=failures, code=error.code, detail=error.detail)


def record_loss(node: Node, error: ComfyError) -> None:
    """Counts an attempt that the node ended without a picture. From the third in a row, bars the node for a while.

    `node` is the row as read when the attempt began: prompts that were lost together, as in a restart, count once.
    The time grows with each loss up to LONGEST_BARRED_S, and after it the node gets one prompt at a time, so that
    a node which loses everything gets a few prompts a minute.
    """
    if not Node.objects.filter(pk=node.pk, losses=node.losses).update(losses=_one_more("losses")):
        return
    losses = node.losses + 1
    if losses < LOSSES_TO_BAR:
        return
    barred_s = min(FIRST_BARRED_S * 2 ** (losses - LOSSES_TO_BAR), LONGEST_BARRED_S)
    words = f"Its last {losses} prompts brought no picture. {error.message} Look at its log."
    Node.objects.filter(pk=node.pk).update(
        barred_until=database_now(barred_s), trouble=words[:TROUBLE_LENGTH]
    )
    log.error(
        "node_barred", node_id=node.pk, node=node.name, losses=losses, code=error.code, seconds=barred_s
    )


def _words(error: ComfyError) -> str:
    """What staff read of an error: the node's own words without addresses, folders and secrets."""
    return redact(f"{error.message} {error.detail}".strip(), limit=TROUBLE_LENGTH)


def _one_more(column: str) -> Least:
    return Least(F(column) + 1, Value(MOST_COUNTED))


def record_picture(node_id: int) -> None:
    """Notes that a picture of the node was stored: ends its losses."""
    Node.objects.filter(pk=node_id, losses__gt=0).update(losses=0, barred_until=None, trouble="")


def record_success(node_id: int) -> None:
    """Notes that the node ran a prompt: resets its faults and opens it, unless it is barred."""
    rows = Node.objects.filter(pk=node_id)
    rows.update(failures=0, closed_until=None, proven_at=database_now())
    rows.filter(losses__lt=LOSSES_TO_BAR).exclude(trouble="").update(trouble="")


def quarantine(node_id: int, reason: str) -> None:
    """Closes a node that accepts prompts and runs none, for QUARANTINED_S; staff see `reason`.

    Only a restart helps. The first prompt that the node runs after it opens the node at once.
    """
    changed = Node.objects.filter(pk=node_id).exclude(trouble=reason[:TROUBLE_LENGTH])
    if changed.update(trouble=reason[:TROUBLE_LENGTH]):
        log.error("node_needs_restart", node_id=node_id, why=reason)
    Node.objects.filter(pk=node_id).update(
        failures=Greatest(F("failures"), Value(FAULTS_TO_CLOSE)), closed_until=database_now(QUARANTINED_S)
    )


def forget_abilities(node_id: int) -> None:
    """Has the node's abilities read again at its next check, because it lacked something that it had offered."""
    Node.objects.filter(pk=node_id).update(abilities_read_at=None)


def record_deaf(node_id: int) -> None:
    """Notes that a node runs prompts and its events do not arrive. The next prompt whose events arrive ends it."""
    deaf = Node.objects.filter(pk=node_id, deaf_since=None).update(deaf_since=database_now())
    if deaf:
        log.warning("node_sends_no_events", node_id=node_id)


def record_restart(node: Node) -> bool:
    """Counts a restart and has the node's abilities read again. Returns whether this call counted it.

    `node` is the row as read while the lost prompt was still there: if several callers lost prompts in one
    restart, only one of them counts it.
    """
    seen = Node.objects.filter(pk=node.pk, restarts=node.restarts)
    counted = seen.update(
        restarts=F("restarts") + 1, abilities_read_at=None, running_prompt=None, running_since=None
    )
    if counted:
        log.warning("node_restarted", node_id=node.pk, node=node.name)
    return bool(counted)
