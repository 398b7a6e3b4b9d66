from __future__ import annotations

from django.conf import settings

from creator.lib.errors import Refused
from jobs.enums import NodeState
from jobs.models import Node


def add_node(*, name: str, url: str, slots: int | None = None) -> Node:
    """Registers a node, or moves a known one to a new address, where it has to show again what it can do."""
    node, _ = Node.objects.update_or_create(
        name=name,
        defaults={
            "url": url.rstrip("/"),
            "slots": slots or settings.CONFIG.slots_per_node,
            "state": NodeState.ACTIVE,
            "failures": 0,
            "closed_until": None,
            "abilities_read_at": None,
        },
    )
    return node


def get_node(name: str) -> Node:
    """Raises Refused("not_found")."""
    node = Node.objects.filter(name=name).first()
    if node is None:
        raise Refused("not_found", f"There is no node called {name}.")
    return node


def set_state(node: Node, state: NodeState) -> None:
    """Draining: it finishes what it has. Off: likewise, and it is no longer asked how it is."""
    Node.objects.filter(pk=node.pk).update(state=state)


def remove_node(node: Node) -> None:
    """Forgets a node that never ran anything; one with attempts is kept for their sake and switched off."""
    if node.attempts.exists():
        set_state(node, NodeState.OFF)
    else:
        node.delete()
