from __future__ import annotations

from collections.abc import Collection

from django.conf import settings

from creator.lib.errors import Refused
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes.breaker import is_closed

UNKNOWN = {
    "failures": 0,
    "closed_until": None,
    "losses": 0,
    "barred_until": None,
    "abilities_read_at": None,
    "proven_at": None,
    "rtt_ms": None,
    "running_prompt": None,
    "running_since": None,
    "foreign_prompts": 0,
    "foreign_seconds": None,
    "deaf_since": None,
    "trouble": "",
    "last_need": "",
}


def add_node(*, name: str, url: str, slots: int | None = None) -> Node:
    """Registers a node, or moves a known one to a new address and resets its abilities and health."""
    node, _ = Node.objects.update_or_create(
        name=name,
        defaults={
            **UNKNOWN,
            "url": url.rstrip("/"),
            "slots": slots or settings.CONFIG.slots_per_node,
            "state": NodeState.ACTIVE,
        },
    )
    return node


def get_node(name: str) -> Node:
    """Returns the node called `name`. Raises Refused `not_found`."""
    node = Node.objects.filter(name=name).first()
    if node is None:
        raise Refused("not_found", f"There is no node called {name}.")
    return node


def set_state(node: Node, state: NodeState) -> None:
    """Sets the state of a node.

    Draining: the node gets no new jobs, its staged prompts are recalled, and the running one finishes. Off:
    the same, and its health is no longer checked.
    """
    Node.objects.filter(pk=node.pk).update(state=state)


def remove_node(node: Node) -> bool:
    """Deletes a node that has no attempts; otherwise switches it off, because its attempts refer to it.

    Returns whether the node was deleted.
    """
    if node.attempts.exists():
        set_state(node, NodeState.OFF)
        return False
    node.delete()
    return True


def unwanted_nodes(node_ids: Collection[int]) -> set[int]:
    """Returns those of the nodes on which no prompt should stay staged: draining, off or closed."""
    away = Node.objects.exclude(state=NodeState.ACTIVE) | Node.objects.filter(is_closed())
    return set(away.filter(pk__in=node_ids).values_list("pk", flat=True))
