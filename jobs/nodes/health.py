"""Checks the health of nodes. An idle one proves itself by a tiny real prompt, a busy one by its progress.

Threads query the nodes in parallel (`jobs.nodes.looks`); the caller's thread reads and writes rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

import structlog
from django.db import Error

from creator.lib.clock import database_now
from jobs.comfy import ComfyError, NodeInfo, NodeStuck
from jobs.enums import NodeState
from jobs.models import ABILITIES, Node
from jobs.nodes.breaker import quarantine, record_fault, record_success
from jobs.nodes.looks import Look, ask, head_of, tend
from jobs.nodes.stuck import record_running_prompt
from jobs.nodes.tenants import foreign_seconds, record_ahead, sort_prompts

log = structlog.get_logger(__name__)
ASKED_AT_ONCE = 16
_asking: set[int] = set()
_lock = threading.Lock()


def check_nodes() -> None:
    """Checks every node that is not off. Several processes may do so at once.

    While a node has not answered, this process does not start another check of it.
    """
    nodes = _begin(Node.objects.exclude(state=NodeState.OFF).defer(*ABILITIES))
    if not nodes:
        return
    with ThreadPoolExecutor(min(len(nodes), ASKED_AT_ONCE)) as pool:
        steps = {pool.submit(ask, node): node for node in nodes}
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
    look = ask(node)
    if look.error is None:
        look = tend(node, replace(look, tenants=sort_prompts(look.queue)))
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
            steps[pool.submit(tend, node, replace(look, tenants=sort_prompts(look.queue)))] = node
            del steps[done]
            return
        _record(node, look)
    except Error as error:
        # The database may be unavailable for a moment. Go on with the other nodes; the next check is due
        # within seconds.
        log.warning("node_look_not_kept", node=node.name, reason=str(error))
    del steps[done]
    _end(node)


def _record(node: Node, look: Look) -> bool:
    if look.error is not None or look.info is None:
        _record_fault(node, look.error or ComfyError())
        return False
    head = head_of(look.queue)
    if record_running_prompt(node, head) or look.worker_lost:
        why = "its log shows a crash" if look.worker_lost else f"{head} has not ended in time"
        quarantine(node.pk, f"It accepts prompts and runs none: {why}. Restart its ComfyUI.")
        return False
    Node.objects.filter(pk=node.pk).update(**_fresh(node, look, look.info))
    record_ahead(look.tenants.ahead)
    if look.proven:
        record_success(node.pk)
    return True


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
