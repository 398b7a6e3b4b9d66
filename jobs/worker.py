"""What a rung thread does: claim, run, and claim again until nothing fits. Used by the task and by `process`."""

from __future__ import annotations

import structlog

from jobs.execution import run_claim
from jobs.execution.leases import keeper
from jobs.lifecycle import Claim, adopt_orphan, claim_placed
from jobs.scheduling import place_jobs

log = structlog.get_logger(__name__)


def next_claim() -> Claim | None:
    """An orphan first, else the best placement. Someone else taking it first makes the snapshot old: look again."""
    if orphan := adopt_orphan():
        return orphan
    while placement := next(place_jobs(), None):
        if claim := claim_placed(placement):
            return claim
    return None


def run_until_idle() -> int:
    """Returns how many claims were run."""
    count = 0
    while not keeper.stopping and (claim := next_claim()):
        run_claim(claim)
        count += 1
    return count
