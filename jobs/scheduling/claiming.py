"""From wishes to a claim: the best one that nobody else got first."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterator

from jobs.lifecycle import Claim, claim_placed
from jobs.scheduling.pool import forget_nodes
from jobs.scheduling.snapshot import Wish, read_wishes
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
        tries, seen_at, wishes = 0, time.monotonic(), read_wishes()
        while tries < TRIES_PER_LOOK and (wish := next(wishes, None)):
            with turns.take(wish.placement, seen_at=seen_at, passed=wish.pairing.passed) as ours:
                claim = claim_placed(wish.placement) if ours else None
            if claim:
                return claim
            if ours:
                forget_nodes()  # the job, the slot, or the node went: only the last could be told from rows kept here
                tries += 1
                wishes = _from_further_down(wishes)
        if not tries:
            return None
    return None


def _from_further_down(wishes: Iterator[Wish]) -> Iterator[Wish]:
    """All of them; a few that come first now come last."""
    rest = deque(wishes)
    rest.rotate(-random.randrange(SPREAD))  # noqa: S311  spreads, hides nothing
    return iter(rest)
