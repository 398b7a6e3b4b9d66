"""Looks at one node over HTTP: what it is, which prompts it has, whether it still runs any. Touches no rows."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from jobs.comfy import (
    Capabilities,
    ComfyClient,
    ComfyError,
    EndedRun,
    NodeInfo,
    NodeOccupied,
    NodeQueue,
)
from jobs.models import Node
from jobs.nodes.links import link_to
from jobs.nodes.strays import drop
from jobs.nodes.tenants import Tenants

log = structlog.get_logger(__name__)
ABILITIES_KEPT_S = 60
PROVE_EVERY_S = 30
PROOF_S = 5.0
ANSWER_S = 5.0  # the node's own pauses last half a second
LONG_S = 150.0
"""After a prompt of another client has run for this long, the node's log is asked whether it still runs any."""
EMPTY = NodeQueue()
ALONE = Tenants()


@dataclass(frozen=True)
class Look:
    """What one check of a node found. `tended`: the second step is done too.

    If `error` is set, the other fields may be missing.
    """

    info: NodeInfo | None = None
    rtt_ms: float = 0.0
    queue: NodeQueue = EMPTY
    tenants: Tenants = ALONE
    foreign_runs: tuple[EndedRun, ...] = ()
    worker_lost: bool = False
    tended: bool = False
    abilities: Capabilities | None = None
    proven: bool = False
    error: ComfyError | None = None


def ask(node: Node) -> Look:
    """The first step: asks the node what it is and which prompts it has."""
    client = link_to(node.url).client
    try:
        info = client.info(timeout=ANSWER_S)
        began = time.monotonic()
        prompts = client.count_prompts(timeout=ANSWER_S)
        rtt_ms = (time.monotonic() - began) * 1000
        return Look(info, rtt_ms, client.queue(timeout=ANSWER_S) if prompts else EMPTY)
    except ComfyError as error:
        return Look(error=error)


def tend(node: Node, look: Look) -> Look:
    """The second step: drops the strays, has the node prove itself, reads its abilities, looks after tenants.

    A node that has only strays counts as idle, so that its proof need not wait until they have run.
    """
    client = link_to(node.url).client
    try:
        drop(client, look.tenants.strays)
        idle = set(look.tenants.strays).issuperset((*look.queue.running, *look.queue.pending))
        proven = idle and _prove(client, node)
        return replace(
            look,
            tended=True,
            queue=EMPTY if proven else look.queue,
            proven=proven,
            abilities=client.capabilities()
            if _is_old(node.abilities_read_at, ABILITIES_KEPT_S, node)
            else None,
            foreign_runs=_foreign_runs(client, node) if look.tenants.foreign else (),
            worker_lost=_runs_long(node, look) and client.has_lost_its_worker(timeout=ANSWER_S),
        )
    except ComfyError as error:
        return Look(error=error)


def _foreign_runs(client: ComfyClient, node: Node) -> tuple[EndedRun, ...]:
    """The newest runs. Empty if the node cannot tell: without them only the estimates are missing."""
    try:
        return tuple(client.recent_runs(timeout=ANSWER_S))
    except ComfyError as error:
        log.info("node_runs_not_read", node=node.name, detail=error.detail[:200])
        return ()


def _runs_long(node: Node, look: Look) -> bool:
    """Whether the same prompt of another client has been running for LONG_S."""
    head = head_of(look.queue)
    if head is None or str(head) not in look.tenants.foreign or head != node.running_prompt:
        return False
    return node.running_since is not None and node.running_since < timezone.now() - timedelta(seconds=LONG_S)


def _is_old(read_at: datetime | None, max_age_s: float, node: Node) -> bool:
    return read_at is None or node.failures > 0 or read_at < timezone.now() - timedelta(seconds=max_age_s)


def _prove(client: ComfyClient, node: Node) -> bool:
    """Returns whether the node ran a prompt for this check. Raises ComfyError if it could not."""
    if not _is_old(node.proven_at, PROVE_EVERY_S, node):
        return False
    try:
        client.prove_alive(PROOF_S)
    except NodeOccupied:
        return False
    return True


def head_of(queue: NodeQueue) -> UUID | None:
    try:
        return UUID(queue.running[0]) if queue.running else None
    except ValueError:  # older servers take any string as a prompt's id
        return None
