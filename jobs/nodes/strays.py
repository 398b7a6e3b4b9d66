"""Takes prompts off a node whose attempt has ended without a result: strays.

They arise when a node, or the network to it, is silent for so long that its prompts are given up, and when
the network delivers a `POST /prompt` after its sender has given up. Only the ids of ended attempts are
touched, never the prompts of other clients. An attempt never opens again, so what is found here stays true.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import structlog

from creator.lib.clock import database_now
from jobs.comfy import ComfyClient, ComfyError, NodeQueue, host_of
from jobs.enums import WITHOUT_RESULT, NodeState
from jobs.models import Attempt, Node
from jobs.nodes.links import link_to

log = structlog.get_logger(__name__)
LOOKED_FOR_S = 60.0
ANSWER_S = 2.0
ASKED_AT_ONCE = 16
_looking = threading.Lock()


def drop(client: ComfyClient, strays: Sequence[str]) -> None:
    """Cancels these prompts on their node, each by its id. Raises ComfyError."""
    for prompt_id in strays:
        client.cancel(prompt_id)
    if strays:
        log.info("node_strays_dropped", node=host_of(client.base_url), prompts=list(strays))


def drop_recent_strays() -> None:
    """Looks at the queue of each node that gave up an attempt in the last LOOKED_FOR_S, and drops its strays.

    A task calls this each second; while one call of this process is still waiting for a node, others return
    at once. The checks of nodes find older strays.
    """
    if not _looking.acquire(blocking=False):
        return
    try:
        _drop_recent()
    finally:
        _looking.release()


def _drop_recent() -> None:
    given_up: dict[int, set[str]] = defaultdict(set)
    recent = Attempt.objects.filter(outcome__in=WITHOUT_RESULT, ended_at__gt=database_now(-LOOKED_FOR_S))
    for node_id, prompt_id in recent.order_by().values_list("node_id", "prompt_id"):
        given_up[node_id].add(str(prompt_id))
    nodes = Node.objects.filter(pk__in=given_up).exclude(state=NodeState.OFF).values_list("pk", "url")
    looks = [(link_to(url).client, given_up[pk]) for pk, url in nodes]
    if looks:
        with ThreadPoolExecutor(min(len(looks), ASKED_AT_ONCE)) as pool:
            list(pool.map(_drop_known, *zip(*looks, strict=True)))


def _drop_known(client: ComfyClient, given_up: Collection[str]) -> None:
    with suppress(ComfyError):  # a node that does not answer is looked at again a second later
        if client.count_prompts(timeout=ANSWER_S):
            drop(client, in_order(client.queue(timeout=ANSWER_S), given_up))


def in_order(queue: NodeQueue, given_up: Collection[str]) -> list[str]:
    """The order in which to drop them: the last one first.

    If the running one were dropped first, the node would begin the next.
    """
    return [each for each in (*reversed(queue.pending), *queue.running) if each in given_up]
