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
    REFUSALS,
    ComfyError,
    DiskFull,
    ExecutionFailed,
    GpuFailed,
    InputLost,
    Interrupted,
    InvalidWorkflow,
    NodeBusyOrBroken,
    NodeLacksSomething,
    NodeStuck,
    NodeTimeout,
    NodeUnreachable,
    OutOfMemory,
    PhotoTooLarge,
    PromptLost,
)
from jobs.enums import FailureCode, Outcome
from jobs.execution.facts import Facts

NODE_AT_FAULT = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken, DiskFull, GpuFailed)
NO_FAULT_OF_THE_JOB = (Interrupted, DiskFull, InputLost, NodeLacksSomething)
TELLS_MORE = (ExecutionFailed, DiskFull, GpuFailed, InputLost, NodeLacksSomething)
"""Errors whose own words tell the owner more than the label of the failure code."""
NODE_GONE = (NodeUnreachable, PromptLost)
NODE_DIED = (NodeUnreachable, PromptLost, NodeStuck)
OF_THE_JOB = (PhotoTooLarge, OutOfMemory, ExecutionFailed, InvalidWorkflow)
"""Errors that say more about the job than about the node: they never count as losses of the node."""
DEATHS_MEAN_POISON = 2
MOST_ATTEMPTS = 25
MOST_INTERRUPTS = 5
AGAIN = "Trying again."
LOST = "The node was lost. Waiting for another one."
TAKEN_DOWN = "The node was taken out of service. Waiting for another one."


class RunTooLong(Exception):
    """The prompt exceeded its preset's time limit, and the node stopped it on request."""


class Recalled(Exception):
    """The staged prompt was recalled before the node began it. Any node may get the job now."""

    words = "Taken back from its node to run on another one."


class KillsWorkers(Exception):
    """Too many workers were lost while they held this job."""


class Act(Enum):
    FAIL = "fail"
    REQUEUE = "requeue"


class Blame(Enum):
    """What is recorded against the node."""

    NOTHING = "nothing"
    FAULT = "a fault"
    QUARANTINE = "quarantine"
    ABILITIES = "its abilities are read again"


@dataclass(frozen=True)
class Ending:
    """What happens to the job, its attempt and its node.

    `words` tell the owner what happened; empty means the code's label. `backoff_after`: the number of earlier
    failures, which sets the pause before the next claim; None means no pause. `fault` uses up one of the job's
    tries, `death` counts towards poison. `stop_prompt`: first ask the node to drop the prompt.
    """

    act: Act
    outcome: Outcome
    code: FailureCode | None = None
    words: str = ""
    backoff_after: int | None = None
    fault: bool = False
    death: bool = False
    blame: Blame = Blame.NOTHING
    stop_prompt: bool = False


def judge(error: Exception, facts: Facts) -> Ending:
    """Returns the ending of a run that failed with `error`."""
    match error:
        case Recalled():
            return Ending(Act.REQUEUE, Outcome.CANCELLED, words=error.words)
        case RunTooLong():
            return _fail(FailureCode.TIMEOUT)
        case KillsWorkers():
            if facts.adopted_saving:
                return _fail(FailureCode.UNSAVED)
            return _fail(FailureCode.POISON, stop_prompt=True)
        case ComfyError():
            return _judge_node_error(error, facts)
        case _ if isinstance(error, STORAGE_ERRORS):
            return try_again(facts, FailureCode.STORAGE_ERROR)
        case _:
            return try_again(facts, FailureCode.UNSAVED if facts.made else FailureCode.INTERNAL_ERROR)


def is_loss(error: Exception, facts: Facts) -> bool:
    """Whether the node, and neither its job nor staff, ended the attempt without a picture.

    One loss means nothing. Several in a row, without a picture between them, bar the node (`jobs.nodes.breaker`).
    Prompts of lost holders do not count: node and worker may have gone together.
    """
    of_the_node = isinstance(error, ComfyError) and not isinstance(error, OF_THE_JOB)
    return of_the_node and facts.in_service and not facts.adopted


def _judge_node_error(error: ComfyError, facts: Facts) -> Ending:
    code, blame, again = FailureCode(error.code), _blame(error), f"{error.message} {AGAIN}"
    told = error.message if isinstance(error, TELLS_MORE) else ""
    if not error.retryable:
        return _fail(code, told, blame=blame)
    if isinstance(error, PhotoTooLarge) and facts.others:
        return requeue_unblamed(facts, Outcome.FAILED, words=again)
    if type(error).__name__ in REFUSALS and facts.refused and not facts.others:
        return _fail(code)
    if isinstance(error, Interrupted) and facts.interrupts + 1 >= MOST_INTERRUPTS:
        return _fail(code)
    if isinstance(error, NO_FAULT_OF_THE_JOB):
        return requeue_unblamed(
            facts, Outcome.FAILED, code=code, words=again, failed_words=told, wait=True, blame=blame
        )
    if isinstance(error, NODE_AT_FAULT) and not facts.accepted and not error.outcome_unknown:
        return requeue_unblamed(facts, Outcome.LOST, words=LOST, wait=True, blame=blame)
    if isinstance(error, NODE_GONE):
        return _judge_loss(error, facts, code, blame)
    death = _is_death(error, facts)
    return try_again(facts, code, words=again, failed_words=told, death=death, blame=blame)


def _judge_loss(error: ComfyError, facts: Facts, code: FailureCode, blame: Blame) -> Ending:
    """The ending of a prompt that is gone. It blames neither the job nor the node where staff took it down."""
    if not facts.in_service:
        return requeue_unblamed(facts, Outcome.LOST, words=TAKEN_DOWN)
    if facts.adopted or not facts.started:
        return requeue_unblamed(facts, Outcome.LOST, words=LOST, blame=blame)
    death = _is_death(error, facts)
    return try_again(facts, code, outcome=Outcome.LOST, words=LOST, death=death, blame=blame)


def _is_death(error: ComfyError, facts: Facts) -> bool:
    return facts.started and not facts.made and isinstance(error, NODE_DIED)


def try_again(
    facts: Facts,
    code: FailureCode,
    *,
    outcome: Outcome = Outcome.FAILED,
    words: str = AGAIN,
    failed_words: str = "",
    death: bool = False,
    blame: Blame = Blame.NOTHING,
) -> Ending:
    """Requeues the job and uses up a try.

    Without a try left it fails with `code` and `failed_words`; a second death fails it as poison.
    """
    if death and facts.deaths + 1 >= DEATHS_MEAN_POISON:
        return _fail(FailureCode.POISON, blame=blame)
    if facts.faults + 1 >= facts.tries:
        return _fail(code, failed_words, blame=blame)
    return Ending(
        Act.REQUEUE,
        outcome,
        words=words,
        backoff_after=facts.faults,
        fault=True,
        death=death,
        blame=blame,
    )


def requeue_unblamed(
    facts: Facts,
    outcome: Outcome,
    *,
    code: FailureCode = FailureCode.NODE_UNAVAILABLE,
    words: str = AGAIN,
    failed_words: str = "",
    wait: bool = False,
    blame: Blame = Blame.NOTHING,
) -> Ending:
    """Requeues the job without using up a try. At MOST_ATTEMPTS attempts it fails with `code` instead.

    With `wait` the job pauses first; otherwise it might get the same node again at once.
    """
    if facts.attempts >= MOST_ATTEMPTS:
        return _fail(code, failed_words, blame=blame)
    pause = facts.attempts - 1 if wait else None
    return Ending(Act.REQUEUE, outcome, words=words, backoff_after=pause, blame=blame)


def _fail(
    code: FailureCode, words: str = "", *, blame: Blame = Blame.NOTHING, stop_prompt: bool = False
) -> Ending:
    return Ending(Act.FAIL, Outcome.FAILED, code, words, blame=blame, stop_prompt=stop_prompt)


def _blame(error: ComfyError) -> Blame:
    """What the node is blamed for. A node is never blamed for errors of a graph, however many there are."""
    if isinstance(error, NodeStuck):
        return Blame.QUARANTINE
    if isinstance(error, NodeLacksSomething):
        return Blame.ABILITIES
    return Blame.FAULT if isinstance(error, NODE_AT_FAULT) else Blame.NOTHING
