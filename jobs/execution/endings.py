"""Carries out what `judgement` decides: blames the node, then ends the job through `jobs.lifecycle`."""

from __future__ import annotations

from django.conf import settings

from creator.lib.backoff import backoff_s
from jobs.comfy import ComfyError, OutOfMemory
from jobs.enums import FailureCode
from jobs.execution.facts import Facts
from jobs.execution.judgement import Act, Blame, Ending, KillsWorkers, is_loss, judge, try_again
from jobs.execution.prompt import PromptRun
from jobs.lifecycle import Cause, Claim, fail_job, requeue_job
from jobs.models import Job
from jobs.nodes import forget_abilities, quarantine, record_fault, record_loss

LISTENERS_LOST_PER_TRY = 3
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 8.0


def check_holders(claim: Claim) -> None:
    """Raises KillsWorkers if so many holders of this attempt were lost that the job itself must be the cause.

    When a worker dies, all the jobs it holds lose their holder. The likely cause is a job whose result it was
    saving; for the others it only waits for events. So a job that was being watched may lose
    LISTENERS_LOST_PER_TRY times as many holders.
    """
    bound = settings.CONFIG.job_attempts * (1 if claim.saving else LISTENERS_LOST_PER_TRY)
    if claim.lost_holders >= bound:
        raise KillsWorkers(f"{claim.lost_holders} workers were lost while they held it")


def end_run(run: PromptRun, claim: Claim, error: Exception) -> None:
    """Ends a run that failed with `error`, as `judge` decides: node, prompt and job."""
    facts = run.facts(error)
    ending = judge(error, facts)
    _blame_node(run, error, ending.blame)
    if isinstance(error, ComfyError) and is_loss(error, facts) and not run.lease.cancel_requested:
        record_loss(run.attempt.node, error)
    if ending.stop_prompt:
        run.stop()
    if isinstance(error, OutOfMemory):
        run.link.client.free_memory()
    _end_job(claim, ending, error)


def end_unbegun(claim: Claim, error: Exception) -> None:
    """Ends a run that could not begin because of a bug of ours.

    It uses up a try; otherwise the job would be adopted for ever.
    """
    faults = Job.objects.values_list("faults", flat=True).get(pk=claim.job_id)
    facts = Facts(faults=faults, tries=settings.CONFIG.job_attempts)
    _end_job(claim, try_again(facts, FailureCode.INTERNAL_ERROR), error)


def _blame_node(run: PromptRun, error: Exception, blame: Blame) -> None:
    if blame is Blame.ABILITIES:
        forget_abilities(run.attempt.node_id)
    elif blame is not Blame.NOTHING and isinstance(error, ComfyError):
        record_fault(run.attempt.node_id, error)
    if blame is Blame.QUARANTINE:
        trouble = (
            f"It accepts prompts and runs none: prompt {run.prompt_id} does not end. Restart its ComfyUI."
        )
        quarantine(run.attempt.node_id, trouble)


def _end_job(claim: Claim, ending: Ending, error: Exception) -> None:
    detail = (error.detail or error.message) if isinstance(error, ComfyError) else repr(error)
    cause = Cause(ending.words, type(error).__name__, detail)
    if ending.act is Act.FAIL:
        fail_job(claim, ending.code or FailureCode.INTERNAL_ERROR, cause=cause)
        return
    wait_s = 0.0
    if ending.backoff_after is not None:
        wait_s = backoff_s(ending.backoff_after, first_s=FIRST_BACKOFF_S, longest_s=LONGEST_BACKOFF_S)
    requeue_job(
        claim, outcome=ending.outcome, wait_s=wait_s, fault=ending.fault, death=ending.death, cause=cause
    )
