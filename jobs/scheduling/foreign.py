"""How long prompts of other clients keep a node busy, and what people are told of them."""

from __future__ import annotations

from datetime import datetime
from math import inf

from creator.lib.formatting import count
from jobs.models import Node


def foreign_wait_s(node: Node, prompts: int, now: datetime) -> float:
    """Seconds until the node has run this many prompts of other clients. Infinite if nothing tells how long.

    The number is as of the node's last check; since then time has passed.
    """
    if not prompts:
        return 0.0
    if node.foreign_seconds is None:
        return inf
    passed = (now - node.seen_at).total_seconds() if node.seen_at else 0.0
    return max(0.0, prompts * node.foreign_seconds - passed)


def others_first(prompts: int) -> str:
    """The reason of a job that waits behind this many prompts of other clients; empty if there are none."""
    return f"Others use this machine: {count(prompts, 'picture')} before yours." if prompts else ""
