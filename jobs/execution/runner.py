"""Runs one claim until the job is completed, failed, cancelled or queued again."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone

from creator.lib.clock import database_now
from creator.lib.database_errors import DATABASE_AWAY, drop_connection
from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.comfy import ComfyError, Interrupted, NodeTimeout, NodeUnreachable, OutputFile, giving_up_when
from jobs.enums import JobStatus
from jobs.execution.endings import check_holders, end_run, end_unbegun
from jobs.execution.judgement import KillsWorkers, Recalled, RunTooLong
from jobs.execution.leases import Lease, LeaseLost, keeper
from jobs.execution.prompt import PromptRun
from jobs.execution.saving import delete_files, save_result
from jobs.lifecycle import Claim, finish_job, free_slot
from jobs.models import ABILITIES, Attempt, Node
from jobs.nodes import link_to, record_picture, record_success

log = structlog.get_logger(__name__)
EXPECTED = (RunTooLong, Recalled, KillsWorkers, ComfyError, *STORAGE_ERRORS)
STOPPED: tuple[type[Exception], ...] = (LeaseLost, *DATABASE_AWAY)
NOTHING_TO_END: tuple[type[Exception], ...] = (*STOPPED, Attempt.DoesNotExist)
LEFT_ON_NODE = (NodeUnreachable, NodeTimeout, KillsWorkers)
"""After these, and after any error in saving, the node keeps the prompt's history: it may still be of use."""
PROOF_NOTED_EVERY_S = 10


def run_claim(claim: Claim) -> None:
    """Runs the job of `claim`.

    Returns when this process no longer holds it: ended, requeued, or lost to another holder. If the database
    is unavailable, this worker cannot write anything. It gives up the lease, and the adopter finds the
    prompt.
    """
    with structlog.contextvars.bound_contextvars(job_id=str(claim.job_id)), keeper.keep_alive(claim) as lease:
        try:
            with giving_up_when(lambda: lease.cancel_requested or lease.lost):
                _run(claim, lease)
        except LeaseLost:
            log.warning("late_holder_stopped", attempt_id=claim.attempt_id)
        except DATABASE_AWAY as error:
            log.warning("run_left_to_others", attempt_id=claim.attempt_id, reason=str(error))
            drop_connection()
            keeper.give_up([lease], lost=True)
        except Attempt.DoesNotExist:
            log.info("job_is_gone", attempt_id=claim.attempt_id)  # deleted with its owner's account


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
        # Catch everything here. Otherwise a bug of ours would leave the job processing, to be adopted again
        # and again.
        if not isinstance(error, EXPECTED):
            log.exception("run_broke")
        lease.check()  # an error of a late holder must not count against the job or the node
        end_run(run, claim, error)
        if run.made or isinstance(error, LEFT_ON_NODE):
            return
    run.link.ended.add(run.prompt_id)


def _rejoin(run: PromptRun, claim: Claim, lease: Lease) -> OutputFile:
    """Rejoins an adopted prompt.

    If a cancel was requested before the adoption, the job ends as cancelled, even if its node has finished
    the prompt.
    """
    check_holders(claim)
    cancelled = lease.cancel_requested
    output = run.rejoin()
    if cancelled:
        raise Interrupted
    return output


def _begin(claim: Claim, lease: Lease) -> PromptRun:
    attempt = (
        Attempt.objects.select_related("node", "job__upload", "job__owner")
        .defer(*(f"node__{field}" for field in ABILITIES))
        .get(pk=claim.attempt_id)
    )
    lease.cancel_requested = attempt.job.cancel_requested_at is not None
    return PromptRun(lease=lease, job=attempt.job, attempt=attempt, link=link_to(attempt.node.url))


def _leave_node(run: PromptRun, claim: Claim) -> None:
    """Frees the node's slot, so that another job can take it while this thread saves the result.

    Raises LeaseLost.
    """
    run.lease.check()
    run.made = True
    if not free_slot(claim, gpu_seconds=run.gpu_seconds, previews=run.previews):
        raise LeaseLost
    _record_work(run)


def _record_work(run: PromptRun) -> None:
    """Records on the node's row that it ran this preset.

    Writes only what differs from the row as read when the run began, because concurrent writes to one row
    wait for each other.
    """
    node = run.attempt.node
    changes: dict[str, object] = {}
    if node.last_need != run.job.need:
        changes["last_need"] = run.job.need
    if node.proven_at is None or node.proven_at < timezone.now() - timedelta(seconds=PROOF_NOTED_EVERY_S):
        changes["proven_at"] = database_now()
    if node.deaf_since is not None and run.heard:
        changes["deaf_since"] = None
    if changes:
        Node.objects.filter(pk=node.pk).update(**changes)
    if node.failures or node.closed_until or node.trouble:
        record_success(node.pk)


def _save(run: PromptRun, claim: Claim, output: OutputFile) -> None:
    """Stores the output and completes the job.

    If its owner asks to cancel meanwhile, the job ends cancelled and its files are deleted. Raises LeaseLost.
    """
    if run.lease.cancel_requested:
        raise Interrupted
    artifacts = save_result(run.lease, run.job, run.link, output)
    ended = finish_job(claim, artifacts)
    if ended is not JobStatus.COMPLETED:
        delete_files(artifacts)
    if ended is None:
        raise LeaseLost
    if run.attempt.node.losses:
        record_picture(run.attempt.node_id)
