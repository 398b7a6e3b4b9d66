"""What an error means for the job and for the node: tried again, elsewhere, or over. Every ending goes through lifecycle."""

from __future__ import annotations

import random

from django.conf import settings

from creator.lib.storage_errors import STORAGE_ERRORS
from jobs.comfy import (
    ComfyError,
    DiskFull,
    Interrupted,
    NodeBusyOrBroken,
    NodeStuck,
    NodeTimeout,
    NodeUnreachable,
    PromptLost,
)
from jobs.enums import FailureCode, Outcome
from jobs.execution.leases import Lease
from jobs.execution.prompt import PromptRun, Recalled, RunTooLong
from jobs.lifecycle import Claim, end_cancelled, fail_job, requeue_job
from jobs.models import Job
from jobs.nodes import note_fault, quarantine

NODE_AT_FAULT = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken, DiskFull)
NODE_GONE = (NodeUnreachable, PromptLost)
NODE_DIED = (NodeUnreachable, PromptLost, NodeStuck)
DEATHS_MEAN_POISON = 2
LISTENERS_LOST_PER_TRY = 3
MOST_ATTEMPTS = 25
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 8.0


class KillsWorkers(Exception):
    """Who holds this job is lost, again and again."""


def check_holders(claim: Claim) -> None:
    """Raises KillsWorkers where so many holders of the prompt were lost that the job must be the reason.

    A worker dies with all it holds. It works on what it saves; to the others it only listens, and they may be many times
    unlucky before they are to blame.
    """
    bound = settings.CONFIG.job_attempts * (1 if claim.saving else LISTENERS_LOST_PER_TRY)
    if claim.lost_holders >= bound:
        raise KillsWorkers(f"{claim.lost_holders} workers that held it were lost")


def end_run(run: PromptRun, claim: Claim, lease: Lease, error: Exception) -> None:
    """Ends the attempt that `error` ended, for its holder."""
    match error:
        case Recalled():
            _requeue_unblamed(run, claim, Outcome.CANCELLED)
        case RunTooLong():
            if not lease.cancel_requested or not end_cancelled(claim):
                fail_job(claim, FailureCode.TIMEOUT, detail=str(error))
        case KillsWorkers():
            if not claim.saving:
                run.stop()
            fail_job(claim, FailureCode.POISON, detail=str(error))
        case ComfyError():
            _blame_node(run, error)
            _settle(run, claim, lease, error)
        case _ if isinstance(error, STORAGE_ERRORS):
            _retry_or_fail(run, claim, FailureCode.STORAGE_ERROR, Outcome.FAILED, detail=repr(error))
        case _:
            _retry_or_fail(run, claim, FailureCode.INTERNAL_ERROR, Outcome.FAILED, detail=repr(error))


def end_unbegun(claim: Claim, error: Exception) -> None:
    """A fault of ours before there was anything to run: tried again as often as any other, not adopted for ever."""
    faults = Job.objects.values_list("faults", flat=True).get(pk=claim.job_id)
    if faults + 1 >= settings.CONFIG.job_attempts:
        fail_job(claim, FailureCode.INTERNAL_ERROR, detail=repr(error))
    else:
        requeue_job(claim, outcome=Outcome.FAILED, wait_s=_backoff_s(faults), fault=True)


def _blame_node(run: PromptRun, error: ComfyError) -> None:
    """Counts what is the node's doing. Faults of a graph are not, however many there are."""
    if isinstance(error, NODE_AT_FAULT):
        note_fault(run.attempt.node_id, error)
    if isinstance(error, NodeStuck):
        quarantine(
            run.attempt.node_id,
            f"It takes prompts and runs none: {run.prompt_id} does not end. Restart its ComfyUI.",
        )


def _settle(run: PromptRun, claim: Claim, lease: Lease, error: ComfyError) -> None:
    """What a node's error means for the job."""
    detail = error.detail or error.message
    if lease.cancel_requested and isinstance(error, Interrupted | PromptLost | NodeUnreachable):
        end_cancelled(claim)
    elif not error.retryable:
        fail_job(claim, FailureCode(error.code), detail=detail)
    elif isinstance(error, DiskFull):
        _requeue_unblamed(run, claim, Outcome.FAILED, code=FailureCode.NODE_ERROR, wait=True)
    elif isinstance(error, NODE_GONE) and claim.adopted:
        _requeue_unblamed(run, claim, Outcome.LOST)
    elif isinstance(error, NODE_AT_FAULT) and not run.accepted and not error.outcome_unknown:
        _requeue_unblamed(run, claim, Outcome.LOST, code=FailureCode.NODE_UNAVAILABLE, wait=True)
    elif isinstance(error, NODE_GONE) and not run.started:
        _requeue_unblamed(run, claim, Outcome.LOST)
    else:
        outcome = Outcome.LOST if isinstance(error, NODE_GONE) else Outcome.FAILED
        death = run.started and not run.ended and isinstance(error, NODE_DIED)
        _retry_or_fail(run, claim, FailureCode(error.code), outcome, death=death, detail=detail)


def _requeue_unblamed(
    run: PromptRun,
    claim: Claim,
    outcome: Outcome,
    *,
    code: FailureCode = FailureCode.POISON,
    wait: bool = False,
) -> None:
    """The job is not to blame and keeps its tries, but not for ever. `wait`: not at once, as it would meet the same node."""
    number = run.attempt.number
    if number >= MOST_ATTEMPTS:
        fail_job(claim, code, detail=f"{number} attempts ended without the job's doing")
    else:
        requeue_job(claim, outcome=outcome, wait_s=_backoff_s(number - 1) if wait else 0)


def _retry_or_fail(
    run: PromptRun,
    claim: Claim,
    code: FailureCode,
    outcome: Outcome,
    *,
    death: bool = False,
    detail: str = "",
) -> None:
    if death and run.job.deaths + 1 >= DEATHS_MEAN_POISON:
        fail_job(claim, FailureCode.POISON, detail=detail)
    elif run.job.faults + 1 >= settings.CONFIG.job_attempts:
        fail_job(claim, code, detail=detail)
    else:
        requeue_job(claim, outcome=outcome, wait_s=_backoff_s(run.job.faults), fault=True, death=death)


def _backoff_s(earlier: int) -> float:
    return min(FIRST_BACKOFF_S * 2.0**earlier, LONGEST_BACKOFF_S) * random.uniform(0.75, 1.25)  # noqa: S311  jitter
