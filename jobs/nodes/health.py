"""How nodes are. An idle one proves itself by a tiny real prompt, a busy one by getting on with its queue.

Questions go out side by side, in threads that touch no row; what came back is written by the caller's thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import Error
from django.utils import timezone

from creator.lib.clock import database_now
from jobs.comfy import Capabilities, ComfyClient, ComfyError, NodeInfo, NodeOccupied, NodeStuck
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes.breaker import note_fault, note_success, quarantine
from jobs.nodes.heads import note_head
from jobs.nodes.links import link_to

log = structlog.get_logger(__name__)
ABILITIES_KEPT_S = 60
PROVE_EVERY_S = 30
PROOF_S = 5.0
ANSWER_S = 5.0  # the node's own pauses last half a second
ASKED_AT_ONCE = 16
_asking: set[int] = set()
_lock = threading.Lock()


@dataclass(frozen=True)
class Look:
    """What one look at a node found; `error` is why the rest is missing."""

    info: NodeInfo | None = None
    rtt_ms: float = 0.0
    abilities: Capabilities | None = None
    head: UUID | None = None
    proven: bool = False
    error: ComfyError | None = None


def check_nodes() -> None:
    """Asks every node that is not off how it is. Several may ask at once; a node that is slow to answer is not asked
    again by this process before it has."""
    nodes = _begin(Node.objects.exclude(state=NodeState.OFF).defer("classes", "model_files"))
    if not nodes:
        return
    with ThreadPoolExecutor(min(len(nodes), ASKED_AT_ONCE)) as pool:
        looks = {pool.submit(_look_once, node): node for node in nodes}
        for done in as_completed(looks):
            try:
                _record(looks[done], done.result())
            except Error as error:
                # The database may be away for a moment: the next look is seconds off, and other nodes wait for theirs.
                log.warning("node_look_not_kept", node=looks[done].name, reason=str(error))


def check_node(node: Node, *, afresh: bool = False) -> bool:
    """Looks at one node and notes what was found. Whether it is well.

    `afresh`: nothing is taken as known; abilities are read again, and an idle node runs its tiny prompt.
    """
    if afresh:
        node.abilities_read_at = node.proven_at = None
    return _record(node, _look(node))


def _begin(nodes: Iterable[Node]) -> list[Node]:
    with _lock:
        begun = [node for node in nodes if node.pk not in _asking]
        _asking.update(node.pk for node in begun)
        return begun


def _look_once(node: Node) -> Look:
    try:
        return _look(node)
    finally:
        with _lock:
            _asking.discard(node.pk)


def _look(node: Node) -> Look:
    client = link_to(node.url).client
    try:
        info = client.info(timeout=ANSWER_S)
        began = time.monotonic()
        prompts = client.count_prompts(timeout=ANSWER_S)
        rtt_ms = (time.monotonic() - began) * 1000
        abilities = client.capabilities() if _is_old(node.abilities_read_at, ABILITIES_KEPT_S, node) else None
        if prompts:
            return Look(info, rtt_ms, abilities, head=_head(client))
        return Look(info, rtt_ms, abilities, proven=_prove(client, node))
    except ComfyError as error:
        return Look(error=error)


def _is_old(read_at: datetime | None, kept_s: float, node: Node) -> bool:
    return read_at is None or node.failures > 0 or read_at < timezone.now() - timedelta(seconds=kept_s)


def _head(client: ComfyClient) -> UUID | None:
    running = client.queue(timeout=ANSWER_S).running
    try:
        return UUID(running[0]) if running else None
    except ValueError:  # older servers take any string as a prompt's id
        return None


def _prove(client: ComfyClient, node: Node) -> bool:
    """Whether it ran a prompt for us. Raises ComfyError when it could not."""
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
    if note_head(node, look.head):
        quarantine(
            node.pk,
            f"It takes prompts and runs none: {look.head} has not ended in time. Restart its ComfyUI.",
        )
        return False
    Node.objects.filter(pk=node.pk).update(**_fresh(node, look, look.info))
    if look.proven:
        note_success(node.pk)
    return True


def _record_fault(node: Node, error: ComfyError) -> None:
    note_fault(node.pk, error, known=node.failures)
    if isinstance(error, NodeStuck):
        quarantine(node.pk, "It takes prompts and runs none. Restart its ComfyUI.")


def _fresh(node: Node, look: Look, info: NodeInfo) -> dict[str, object]:
    fresh: dict[str, object] = {
        "seen_at": database_now(),
        "version": info.version[:60],
        "device": info.device[:120],
        "vram_total": info.vram_total,
        "vram_free": info.vram_free,
        "rtt_ms": _smoothed(node.rtt_ms, look.rtt_ms),
    }
    if look.abilities is not None:
        fresh |= {
            "classes": sorted(look.abilities.classes),
            "model_files": sorted(look.abilities.models),
            "abilities_read_at": database_now(),
        }
    return fresh


def _smoothed(before: float | None, now: float) -> float:
    """Falls fast and rises slowly: a node that pauses for a moment is not far away."""
    if before is None:
        return now
    return before + (now - before) * (0.5 if now < before else 0.125)
