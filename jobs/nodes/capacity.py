"""How many prompts a node should have at a time."""

from __future__ import annotations

from math import ceil

from jobs.models import Node

MOST_SLOTS = 8
WORTH_MS = 10.0
TRIPS_BETWEEN_PROMPTS = 3


def slots_of(node: Node, typical_s: float | None = None) -> int:
    """Staff's `slots`; more for a node so far away that it would wait for us between prompts of `typical_s` seconds.

    From the end of a prompt to the start of its successor we need about three round trips: the event, the photo, the
    prompt. Staged prompts have to last that long: 1 + trips / job time of them, at most MOST_SLOTS.
    """
    rtt_ms = node.rtt_ms or 0.0
    if not typical_s or rtt_ms < WORTH_MS:
        return node.slots
    wanted = 1 + ceil(TRIPS_BETWEEN_PROMPTS * rtt_ms / 1000 / typical_s)
    return max(node.slots, min(wanted, MOST_SLOTS))
