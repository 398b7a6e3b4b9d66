"""From wishes to a claim: the best one that nobody else got first."""

from __future__ import annotations

import random
import time

from jobs.lifecycle import Claim, claim_placed
from jobs.scheduling.pool import forget_nodes
from jobs.scheduling.snapshot import read_wishes
from jobs.scheduling.turns import turns

LOOKS = 4
TRIES_PER_LOOK = 4
SPREAD = 3


def claim_next() -> Claim | None:
    """Claims the best job that fits; None when nothing fits or others were first each time.

    A lost wish means that another process is at the same list: the next one is taken a few places further down by
    chance, so that not all of them meet again. After some tries the list is out of date and read anew. Giving up
    loses nothing: whoever was first goes on claiming, and the sweep rings within a second.
    """
    for _ in range(LOOKS):
        tries = 0
        skip = 0
        seen_at = time.monotonic()
        for wish in read_wishes():
            if skip:
                skip -= 1
                continue
            with turns.take(wish.placement, seen_at=seen_at, passed=wish.pairing.passed) as ours:
                claim = claim_placed(wish.placement) if ours else None
            if claim:
                return claim
            if ours:
                forget_nodes()  # the job, the slot, or the node went: only the last could be told from rows kept here
            tries += ours
            if tries == TRIES_PER_LOOK:
                break
            skip = random.randrange(SPREAD) if ours else 0  # noqa: S311  spreads, hides nothing
        if not tries:
            return None
    return None
