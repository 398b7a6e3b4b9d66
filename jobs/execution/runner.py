"""Runs one claim to its end: completed, failed, cancelled, or back in the queue."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone

from creator.lib.clock import database_now
from creator.lib.database_errors import DATABASE_AWAY, drop_connection
from creator.lib.storage_errors import STORAGE_ERRORS
from jobs.comfy import ComfyError, Interrupted, NodeTimeout, NodeUnreachable, OutputFile
from jobs.execution.endings import KillsWorkers, check_holders, end_run, end_unbegun
from jobs.execution.leases import Lease, LeaseLost, keeper
from jobs.execution.prompt import PromptRun, Recalled, RunTooLong
from jobs.execution.saving import delete_files, save_result
from jobs.lifecycle import Claim, finish_job, free_slot
from jobs.models import Attempt, Node
from jobs.nodes import link_to, note_success

log = structlog.get_logger(__name__)
EXPECTED = (RunTooLong, Recalled, KillsWorkers, ComfyError, *STORAGE_ERRORS)
STOPPED: tuple[type[Exception], ...] = (LeaseLost, *DATABASE_AWAY)
NOTHING_TO_END: tuple[type[Exception], ...] = (*STOPPED, Attempt.DoesNotExist)
PROOF_NOTED_EVERY_S = 10


def run_claim(claim: Claim) -> None:
    """Returns when the job is no longer this process's: ended, given back, or lost to another holder.

    Where the database is away nothing can be written: the lease is let go, and whoever adopts the job finds its prompt.
    """
    with structlog.contextvars.bound_contextvars(job_id=str(claim.job_id)), keeper.hold(claim) as lease:
        try:
            _run(claim, lease)
        except LeaseLost:
            log.warning("late_holder_stopped", attempt_id=claim.attempt_id)
        except DATABASE_AWAY as error:
            log.warning("run_left_to_others", attempt_id=claim.attempt_id, reason=str(error))
            drop_connection()
            keeper.give_up([lease], lost=True)
        except Attempt.DoesNotExist:
            log.info("job_is_gone", attempt_id=claim.attempt_id)  # with its owner's account


def _run(claim: Claim, lease: Lease) -> None:
    lease.check()
    try:
        run = _begin(claim, lease)
    except NOTHING_TO_END:
        raise
    except Exception as error:
        log.exception("run_did_not_begin")
        end_unbegun(claim, error)
        return
    try:
        output = _rejoin(run, claim, lease) if claim.adopted else run.start()
        _leave_node(run, claim)
        _save(run, claim, output)
    except STOPPED:
        raise
    except Exception as error:
        # The last boundary: without it a fault of ours would leave the job to be adopted and broken for ever.
        if not isinstance(error, EXPECTED):
            log.exception("run_broke")
        lease.check()  # what goes wrong for a late holder is nobody's fault
        end_run(run, claim, lease, error)
        if isinstance(error, NodeUnreachable | NodeTimeout):
            return
    run.link.ended.add(run.prompt_id)


def _rejoin(run: PromptRun, claim: Claim, lease: Lease) -> OutputFile:
    """An orphan that was cancelled ends so, even where its node finished it while nobody held it."""
    check_holders(claim)
    cancelled = lease.cancel_requested
    output = run.rejoin()
    if cancelled:
        raise Interrupted
    return output


def _begin(claim: Claim, lease: Lease) -> PromptRun:
    attempt = (
        Attempt.objects.select_related("node", "job__upload", "job__owner")
        .defer("node__classes", "node__model_files")
        .get(pk=claim.attempt_id)
    )
    lease.cancel_requested = attempt.job.cancel_requested_at is not None
    return PromptRun(lease=lease, job=attempt.job, attempt=attempt, link=link_to(attempt.node.url))


def _leave_node(run: PromptRun, claim: Claim) -> None:
    """The node's slot is free at once: whoever is rung takes it while this thread saves."""
    run.lease.check()
    run.ended = True
    if not free_slot(claim, gpu_seconds=run.gpu_seconds):
        raise LeaseLost
    _note_work(run)


def _note_work(run: PromptRun) -> None:
    """Writes take turns: none where the row, as it was when the run began, says nearly the same already."""
    node = run.attempt.node
    changes: dict[str, object] = {}
    if node.last_need != run.job.need:
        changes["last_need"] = run.job.need
    if node.proven_at is None or node.proven_at < timezone.now() - timedelta(seconds=PROOF_NOTED_EVERY_S):
        changes["proven_at"] = database_now()
    if changes:
        Node.objects.filter(pk=node.pk).update(**changes)
    if node.failures or node.closed_until or node.trouble:
        note_success(node.pk)


def _save(run: PromptRun, claim: Claim, output: OutputFile) -> None:
    artifacts = save_result(run.lease, run.job, run.link, output)
    if not finish_job(claim, artifacts):
        delete_files(artifacts)
        raise LeaseLost
