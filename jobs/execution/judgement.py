"""Decides what an error means for the job and for its node.

Pure: it turns an error and facts into an ending, and reads no rows, no clock and no random numbers.
docs/when-a-node-dies.md has the table of all endings; a test runs every row of it through `judge`.

Cancel requests are not considered here. If the owner asked for a cancel, `jobs.lifecycle` ends the job as
cancelled instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.comfy import (
    ComfyError,
    DiskFull,
    NodeBusyOrBroken,
    NodeStuck,
    NodeTimeout,
    NodeUnreachable,
    PromptLost,
)
from jobs.enums import FailureCode, Outcome

NODE_AT_FAULT = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken, DiskFull)
NODE_GONE = (NodeUnreachable, PromptLost)
NODE_DIED = (NodeUnreachable, PromptLost, NodeStuck)
DEATHS_MEAN_POISON = 2
MOST_ATTEMPTS = 25


class RunTooLong(Exception):
    """The prompt exceeded its preset's time limit, and the node stopped it on request."""


class Recalled(Exception):
    """The staged prompt was recalled before the node began it. Any node may get the job now."""


class KillsWorkers(Exception):
    """Too many workers were lost while they held this job."""


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
    """Attempts so far, including this one."""
    faults: int = 0
    """Earlier tries that an infrastructure fault ended."""
    deaths: int = 0
    """Nodes that died earlier while they executed a prompt of this job."""
    tries: int = 3
    """How many faults make the job fail (JOB_ATTEMPTS)."""


class Act(Enum):
    FAIL = "fail"
    REQUEUE = "requeue"


class Blame(Enum):
    """What is recorded against the node."""

    NOTHING = "nothing"
    FAULT = "a fault"
    QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Ending:
    """What happens to the job, its attempt and its node.

    `backoff_after`: the number of earlier failures that sets the pause before the next claim; None means no
    pause. `fault` uses up one of the job's tries, `death` counts towards poison. `stop_prompt`: first ask the
    node to drop the prompt.
    """

    act: Act
    outcome: Outcome
    code: FailureCode | None = None
    detail: str = ""
    backoff_after: int | None = None
    fault: bool = False
    death: bool = False
    blame: Blame = Blame.NOTHING
    stop_prompt: bool = False


def judge(error: Exception, facts: Facts) -> Ending:
    """Returns the ending of a run that failed with `error`."""
    match error:
        case Recalled():
            return requeue_unblamed(facts, Outcome.CANCELLED)
        case RunTooLong():
            return _fail(FailureCode.TIMEOUT, str(error))
        case KillsWorkers():
            return _fail(FailureCode.POISON, str(error), stop_prompt=not facts.adopted_saving)
        case ComfyError():
            return _judge_node_error(error, facts)
        case _ if isinstance(error, STORAGE_ERRORS):
            return try_again(facts, FailureCode.STORAGE_ERROR, repr(error))
        case _:
            return try_again(facts, FailureCode.INTERNAL_ERROR, repr(error))


def _judge_node_error(error: ComfyError, facts: Facts) -> Ending:
    detail = error.detail or error.message
    blame = _blame(error)
    never_taken = isinstance(error, NODE_AT_FAULT) and not facts.accepted and not error.outcome_unknown
    if not error.retryable:
        return _fail(FailureCode(error.code), detail, blame=blame)
    if isinstance(error, DiskFull):
        return requeue_unblamed(facts, Outcome.FAILED, code=FailureCode.NODE_ERROR, wait=True, blame=blame)
    if isinstance(error, NODE_GONE) and facts.adopted:
        return requeue_unblamed(facts, Outcome.LOST, blame=blame)
    if never_taken:
        return requeue_unblamed(
            facts, Outcome.LOST, code=FailureCode.NODE_UNAVAILABLE, wait=True, blame=blame
        )
    if isinstance(error, NODE_GONE) and not facts.started:
        return requeue_unblamed(facts, Outcome.LOST, blame=blame)
    return try_again(
        facts,
        FailureCode(error.code),
        detail,
        outcome=Outcome.LOST if isinstance(error, NODE_GONE) else Outcome.FAILED,
        death=facts.started and not facts.made and isinstance(error, NODE_DIED),
        blame=blame,
    )


def try_again(
    facts: Facts,
    code: FailureCode,
    detail: str,
    *,
    outcome: Outcome = Outcome.FAILED,
    death: bool = False,
    blame: Blame = Blame.NOTHING,
) -> Ending:
    """Requeues the job and uses up a try.

    Without a try left it fails with `code`; a second death fails it as poison.
    """
    if death and facts.deaths + 1 >= DEATHS_MEAN_POISON:
        return _fail(FailureCode.POISON, detail, blame=blame)
    if facts.faults + 1 >= facts.tries:
        return _fail(code, detail, blame=blame)
    return Ending(
        Act.REQUEUE, outcome, backoff_after=facts.faults, fault=True, death=death, blame=blame, detail=detail
    )


def requeue_unblamed(
    facts: Facts,
    outcome: Outcome,
    *,
    code: FailureCode = FailureCode.POISON,
    wait: bool = False,
    blame: Blame = Blame.NOTHING,
) -> Ending:
    """Requeues the job without using up a try. At MOST_ATTEMPTS attempts it fails with `code` instead.

    With `wait` the job pauses first; otherwise it might get the same node again at once.
    """
    if facts.attempts >= MOST_ATTEMPTS:
        return _fail(code, f"{facts.attempts} attempts ended through no fault of the job", blame=blame)
    return Ending(Act.REQUEUE, outcome, backoff_after=facts.attempts - 1 if wait else None, blame=blame)


def _fail(
    code: FailureCode, detail: str, *, blame: Blame = Blame.NOTHING, stop_prompt: bool = False
) -> Ending:
    return Ending(Act.FAIL, Outcome.FAILED, code, detail, blame=blame, stop_prompt=stop_prompt)


def _blame(error: ComfyError) -> Blame:
    """What the node is blamed for. A node is never blamed for errors of a graph, however many there are."""
    if isinstance(error, NodeStuck):
        return Blame.QUARANTINE
    return Blame.FAULT if isinstance(error, NODE_AT_FAULT) else Blame.NOTHING
