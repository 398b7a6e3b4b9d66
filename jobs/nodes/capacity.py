"""How many prompts a node should have at a time."""

from __future__ import annotations

from math import ceil

from jobs.models import Node
from jobs.nodes.breaker import LOSSES_TO_BAR

MOST_SLOTS = 8
WORTH_MS = 10.0
TRIPS_BETWEEN_PROMPTS = 3
RESULTS_BESIDE = 4
"""Results of one node that are fetched and saved at a time, beside its slots: each holds a worker's thread, and a
node that sends them slowly must not hold them all."""


def slots_of(node: Node, typical_s: float | None = None) -> int:
    """Returns the node's number of slots: the `slots` that staff set, or more if the node is far away.

    A distant node would idle between prompts of `typical_s` seconds. From the end of one prompt to the start
    of the next takes about three round trips (the event, the photo, the prompt), and the staged prompts must
    last that long. The number is 1 + (time of the trips / time of a job), rounded up, at most MOST_SLOTS.

    A node that was barred has one slot until it has brought a picture.
    """
    if node.losses >= LOSSES_TO_BAR:
        return 1
    rtt_ms = node.rtt_ms or 0.0
    if not typical_s or rtt_ms < WORTH_MS:
        return node.slots
    wanted = 1 + ceil(TRIPS_BETWEEN_PROMPTS * rtt_ms / 1000 / typical_s)
    return max(node.slots, min(wanted, MOST_SLOTS))
