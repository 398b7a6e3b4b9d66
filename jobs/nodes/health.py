"""Checks the health of nodes. An idle one proves itself by a tiny real prompt, a busy one by its progress.

Before that it takes off the prompts that were given up (`jobs.nodes.strays`). Threads query the nodes in
parallel and touch no rows; the caller's thread reads and writes rows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import Error
from django.utils import timezone

from creator.lib.clock import database_now
from jobs.comfy import (
    Capabilities,
    ComfyClient,
    ComfyError,
    EndedRun,
    NodeInfo,
    NodeOccupied,
    NodeQueue,
    NodeStuck,
)
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes.breaker import quarantine, record_fault, record_success
from jobs.nodes.links import link_to
from jobs.nodes.strays import drop
from jobs.nodes.stuck import record_running_prompt
from jobs.nodes.tenants import Tenants, foreign_seconds, record_ahead, sort_prompts

log = structlog.get_logger(__name__)
ABILITIES_KEPT_S = 60
PROVE_EVERY_S = 30
PROOF_S = 5.0
ANSWER_S = 5.0  # the node's own pauses last half a second
ASKED_AT_ONCE = 16
LONG_S = 150.0
"""After a prompt of another client has run for this long, the node's log is asked whether it still runs any."""
EMPTY = NodeQueue()
ALONE = Tenants()
_asking: set[int] = set()
_lock = threading.Lock()


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


def check_nodes() -> None:
    """Checks every node that is not off. Several processes may do so at once.

    While a node has not answered, this process does not start another check of it.
    """
    nodes = _begin(Node.objects.exclude(state=NodeState.OFF).defer("classes", "model_files"))
    if not nodes:
        return
    with ThreadPoolExecutor(min(len(nodes), ASKED_AT_ONCE)) as pool:
        steps = {pool.submit(_ask, node): node for node in nodes}
        try:
            while steps:
                for done in wait(steps, return_when=FIRST_COMPLETED).done:
                    _go_on(steps, done, pool)
        finally:  # a bug of ours must not keep the other nodes from being checked again
            for node in steps.values():
                _end(node)


def check_node(node: Node, *, afresh: bool = False) -> bool:
    """Checks one node and writes the result. Returns whether the node is well.

    `afresh` ignores earlier results: abilities are read again, and an idle node runs the tiny prompt.
    """
    if afresh:
        node.abilities_read_at = node.proven_at = None
    look = _ask(node)
    if look.error is None:
        look = _tend(node, replace(look, tenants=sort_prompts(look.queue)))
    return _record(node, look)


def _begin(nodes: Iterable[Node]) -> list[Node]:
    with _lock:
        begun = [node for node in nodes if node.pk not in _asking]
        _asking.update(node.pk for node in begun)
        return begun


def _end(node: Node) -> None:
    with _lock:
        _asking.discard(node.pk)


def _go_on(steps: dict[Future[Look], Node], done: Future[Look], pool: ThreadPoolExecutor) -> None:
    """Starts the second step of a check whose first is done, or writes the result of the second."""
    node, look = steps[done], done.result()
    try:
        if look.error is None and not look.tended:
            steps[pool.submit(_tend, node, replace(look, tenants=sort_prompts(look.queue)))] = node
            del steps[done]
            return
        _record(node, look)
    except Error as error:
        # The database may be unavailable for a moment. Go on with the other nodes; the next check is due
        # within seconds.
        log.warning("node_look_not_kept", node=node.name, reason=str(error))
    del steps[done]
    _end(node)


def _ask(node: Node) -> Look:
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


def _tend(node: Node, look: Look) -> Look:
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
            foreign_runs=_foreign_runs(client) if look.tenants.foreign else (),
            worker_lost=_runs_long(node, look) and client.has_lost_its_worker(timeout=ANSWER_S),
        )
    except ComfyError as error:
        return Look(error=error)


def _foreign_runs(client: ComfyClient) -> tuple[EndedRun, ...]:
    """The newest runs. Empty if the node cannot tell: without them only the estimates are missing."""
    try:
        return tuple(client.recent_runs(timeout=ANSWER_S))
    except ComfyError as error:
        log.info("node_runs_not_read", node=client.base_url, detail=error.detail[:200])
        return ()


def _runs_long(node: Node, look: Look) -> bool:
    """Whether the same prompt of another client has been running for LONG_S."""
    head = _head(look.queue)
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


def _record(node: Node, look: Look) -> bool:
    if look.error is not None or look.info is None:
        _record_fault(node, look.error or ComfyError())
        return False
    head = _head(look.queue)
    if record_running_prompt(node, head) or look.worker_lost:
        why = "its log shows a crash" if look.worker_lost else f"{head} has not ended in time"
        quarantine(node.pk, f"It accepts prompts and runs none: {why}. Restart its ComfyUI.")
        return False
    Node.objects.filter(pk=node.pk).update(**_fresh(node, look, look.info))
    record_ahead(look.tenants.ahead)
    if look.proven:
        record_success(node.pk)
    return True


def _head(queue: NodeQueue) -> UUID | None:
    try:
        return UUID(queue.running[0]) if queue.running else None
    except ValueError:  # older servers take any string as a prompt's id
        return None


def _record_fault(node: Node, error: ComfyError) -> None:
    record_fault(node.pk, error, known=node.failures)
    if isinstance(error, NodeStuck):
        quarantine(node.pk, "It accepts prompts and runs none. Restart its ComfyUI.")


def _fresh(node: Node, look: Look, info: NodeInfo) -> dict[str, object]:
    fresh: dict[str, object] = {
        "seen_at": database_now(),
        "version": info.version[:60],
        "device": info.device[:120],
        "vram_total": info.vram_total,
        "vram_free": info.vram_free,
        "rtt_ms": _smoothed(node.rtt_ms, look.rtt_ms),
        "foreign_prompts": len(look.tenants.foreign),
    }
    if look.foreign_runs and (seconds := foreign_seconds(look.foreign_runs)) is not None:
        fresh["foreign_seconds"] = seconds
    if look.abilities is not None:
        fresh |= {
            "classes": sorted(look.abilities.classes),
            "model_files": sorted(look.abilities.models),
            "abilities_read_at": database_now(),
        }
    return fresh


def _smoothed(before: float | None, now: float) -> float:
    """Smooths the round trip. It falls fast and rises slowly, so a short pause of the node hardly counts."""
    if before is None:
        return now
    return before + (now - before) * (0.5 if now < before else 0.125)
