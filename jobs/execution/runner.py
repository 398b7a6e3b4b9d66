"""Runs one claim to its end: completed, failed, cancelled, or back in the queue. Every ending goes through lifecycle."""

from __future__ import annotations

import random

import structlog
from django.conf import settings

from jobs.comfy import (
    ComfyError,
    DiskFull,
    Interrupted,
    NodeBusyOrBroken,
    NodeTimeout,
    NodeUnreachable,
    OutputFile,
    PromptLost,
)
from jobs.enums import FailureCode, Outcome
from jobs.execution.leases import Lease, LeaseLost, keeper
from jobs.execution.prompt import PromptRun, RunTooLong
from jobs.execution.saving import delete_files, save_result
from jobs.lifecycle import Claim, end_cancelled, fail_job, finish_job, free_slot, requeue_job
from jobs.models import Attempt, Job, Node
from jobs.nodes import link_to, note_fault, note_success

log = structlog.get_logger(__name__)
NODE_AT_FAULT = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken, DiskFull)
NODE_GONE = (NodeUnreachable, PromptLost)
DEATHS_MEAN_POISON = 2
MOST_ATTEMPTS = 25
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 8.0


def run_claim(claim: Claim) -> None:
    """Returns when the job is no longer this process's: ended, given back, or lost to another holder."""
    with structlog.contextvars.bound_contextvars(job_id=str(claim.job_id)), keeper.hold(claim) as lease:
        job = Job.objects.select_related("preset_version", "upload", "owner", "progress").get(pk=claim.job_id)
        attempt = Attempt.objects.select_related("node").get(pk=claim.attempt_id)
        link = link_to(attempt.node.url)
        run = PromptRun(lease=lease, job=job, attempt=attempt, link=link)
        try:
            lease.cancel_requested = job.cancel_requested_at is not None
            output = run.rejoin() if claim.adopted else run.start()
            _leave_node(run, claim)
            _save(run, claim, output)
        except LeaseLost:
            log.warning("late_holder_stopped", attempt=attempt.number)
        except RunTooLong as error:
            if not lease.cancel_requested or not end_cancelled(claim):
                fail_job(claim, FailureCode.TIMEOUT, detail=str(error))
        except ComfyError as error:
            _settle(run, claim, lease, error)
        except OSError as error:
            _retry_or_fail(run, claim, FailureCode.STORAGE_ERROR, Outcome.FAILED, detail=repr(error))
        except Exception as error:
            # The last boundary: without it a fault of ours would leave the job to be adopted and broken for ever.
            log.exception("run_broke")
            _retry_or_fail(run, claim, FailureCode.INTERNAL_ERROR, Outcome.FAILED, detail=repr(error))


def _leave_node(run: PromptRun, claim: Claim) -> None:
    """The node's slot is free at once: whoever is rung takes it while this thread saves."""
    if not free_slot(claim, gpu_seconds=run.gpu_seconds):
        raise LeaseLost
    node = run.attempt.node
    # Writes take turns: none where the row, as it was when the run began, says the same already.
    if node.last_need != run.job.need:
        Node.objects.filter(pk=node.pk).update(last_need=run.job.need)
    if node.failures or node.closed_until:
        note_success(node.pk)


def _save(run: PromptRun, claim: Claim, output: OutputFile) -> None:
    artifacts = save_result(claim, run.job, run.link, output)
    if not finish_job(claim, artifacts):
        delete_files(artifacts)
        raise LeaseLost
    run.link.client.forget(run.prompt_id)


def _settle(run: PromptRun, claim: Claim, lease: Lease, error: ComfyError) -> None:
    """What a node's error means for the job."""
    if lease.cancel_requested and isinstance(error, Interrupted | PromptLost | NodeUnreachable):
        end_cancelled(claim)
        return
    if not error.retryable:
        fail_job(claim, FailureCode(error.code), detail=error.detail or error.message)
        return
    if isinstance(error, NODE_AT_FAULT):
        note_fault(run.attempt.node_id, error)
    if isinstance(error, NODE_GONE) and claim.adopted:
        _requeue_lost(run, claim)
        return
    if isinstance(error, NodeUnreachable) and not run.accepted and not error.outcome_unknown:
        # Nothing was tried: the job keeps its tries and waits, the node's breaker counts.
        requeue_job(claim, outcome=Outcome.LOST, wait_s=FIRST_BACKOFF_S)
        return
    outcome = Outcome.LOST if isinstance(error, NODE_GONE) else Outcome.FAILED
    death = run.started and isinstance(error, NODE_GONE)
    _retry_or_fail(
        run, claim, FailureCode(error.code), outcome, death=death, detail=error.detail or error.message
    )


def _requeue_lost(run: PromptRun, claim: Claim) -> None:
    """Nobody knows what ended the former holder, so the job is not blamed, but not for ever either."""
    if run.attempt.number >= MOST_ATTEMPTS:
        fail_job(claim, FailureCode.POISON, detail=f"{run.attempt.number} attempts lost")
    else:
        requeue_job(claim, outcome=Outcome.LOST)


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
        wait_s = min(FIRST_BACKOFF_S * 2**run.job.faults, LONGEST_BACKOFF_S) * random.uniform(0.75, 1.25)  # noqa: S311  jitter
        requeue_job(claim, outcome=outcome, wait_s=wait_s, fault=True, death=death)
