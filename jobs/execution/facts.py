from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What is known about a run when an error ends it."""

    adopted: bool = False
    """The job was adopted."""
    adopted_saving: bool = False
    """It was adopted after its node had finished the prompt."""
    accepted: bool = False
    """The node accepted the prompt."""
    started: bool = False
    """The node began to execute it."""
    made: bool = False
    """The node finished it; the error came after that."""
    attempts: int = 1
    """Attempts so far, including this one, without those whose prompt was recalled."""
    interrupts: int = 0
    """Earlier attempts that another client stopped on the node."""
    in_service: bool = True
    """Staff want the node to work: it is neither draining nor off."""
    refused: bool = False
    """With this error, the node should not get the job again."""
    others: bool = False
    """Another node could run the job and has not refused it."""
    faults: int = 0
    """Earlier tries that an infrastructure fault ended."""
    deaths: int = 0
    """Nodes that died earlier while they executed a prompt of this job."""
    tries: int = 3
    """How many faults make the job fail (JOB_ATTEMPTS)."""
