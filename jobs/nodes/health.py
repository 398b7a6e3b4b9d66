from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from jobs.comfy import ComfyError
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes.links import link_to

log = structlog.get_logger(__name__)
FAULTS_TO_CLOSE = 3
LONGEST_CLOSED_S = 60
ABILITIES_KEPT_S = 60
PROOF_S = 5.0


def usable_nodes() -> QuerySet[Node]:
    """Nodes that may get a new job now: wanted, seen, breaker closed."""
    open_breaker = Q(closed_until__gt=timezone.now())
    return Node.objects.filter(state=NodeState.ACTIVE, seen_at__isnull=False).exclude(open_breaker)


def nodes_seen_within(seconds: float) -> QuerySet[Node]:
    """Nodes that are wanted and were well so recently, whether or not their breaker is closed just now."""
    return Node.objects.filter(
        state=NodeState.ACTIVE, seen_at__gt=timezone.now() - timedelta(seconds=seconds)
    )


def count_usable_nodes() -> int:
    return usable_nodes().count()


def check_nodes() -> None:
    """Asks every node that is not off how it is."""
    for node in Node.objects.exclude(state=NodeState.OFF):
        check_node(node)


def check_node(node: Node) -> bool:
    """Notes version and abilities of a node that answers, a fault of one that does not.

    Answers alone do not end a row of faults: a full disk or a stuck worker answers as ever. An idle node proves itself
    by a tiny prompt; one with prompts is left to how they end.
    """
    try:
        fresh = _look(node)
        proven = node.failures > 0 and _prove_if_idle(node)
    except ComfyError as error:
        note_fault(node.pk, error)
        return False
    Node.objects.filter(pk=node.pk).update(seen_at=timezone.now(), **fresh)
    if proven:
        note_success(node.pk)
    return True


def _prove_if_idle(node: Node) -> bool:
    """Whether it ran a prompt for us. Raises ComfyError when it could not."""
    if node.attempts.filter(node_done_at__isnull=True).exists():
        return False
    link_to(node.url).client.prove_alive(PROOF_S)
    return True


def _look(node: Node) -> dict[str, object]:
    client = link_to(node.url).client
    info = client.info()
    fresh: dict[str, object] = {"version": info.version, "device": info.device}
    now, read_at = timezone.now(), node.abilities_read_at
    if read_at is None or node.failures or read_at < now - timedelta(seconds=ABILITIES_KEPT_S):
        abilities = client.capabilities()
        fresh |= {
            "classes": sorted(abilities.classes),
            "model_files": sorted(abilities.models),
            "abilities_read_at": now,
        }
    return fresh


def note_fault(node_id: int, error: ComfyError) -> None:
    """Counts a fault; from the third in a row on the node gets no new jobs for a growing while."""
    Node.objects.filter(pk=node_id).update(failures=F("failures") + 1)
    failures = Node.objects.values_list("failures", flat=True).get(pk=node_id)
    if failures >= FAULTS_TO_CLOSE:
        closed_s = min(2 ** (failures - FAULTS_TO_CLOSE), LONGEST_CLOSED_S)
        Node.objects.filter(pk=node_id).update(closed_until=timezone.now() + timedelta(seconds=closed_s))
    log.warning("node_fault", node_id=node_id, failures=failures, code=error.code, detail=error.detail[:300])


def note_success(node_id: int) -> None:
    """Closes the breaker."""
    Node.objects.filter(pk=node_id).exclude(failures=0, closed_until__isnull=True).update(
        failures=0, closed_until=None
    )
