"""Finishes a job that failed only because its picture could not be saved: its node still has the picture."""

from __future__ import annotations

import time
import uuid

from creator.lib.errors import Refused
from jobs.comfy import BadOutput, ComfyError, OutputFile, PromptLost
from jobs.enums import UNFINISHED, JobStatus
from jobs.execution.leases import Lease
from jobs.execution.prompt import PromptRun
from jobs.execution.saving import delete_files, save_result
from jobs.lifecycle import Claim, finish_failed
from jobs.models import Attempt, Job
from jobs.nodes import link_to

PATIENCE_S = 600.0


def finish_from_node(job: Job) -> None:
    """Fetches the picture from the node that made it, stores it, and completes the job without a charge.

    Raises Refused if the job cannot be finished so, and STORAGE_ERRORS.
    """
    if job.status != JobStatus.FAILED or job.error_code not in UNFINISHED or job.files_purged_at:
        raise Refused("too_late", "Only a job whose finished picture could not be saved can be finished.")
    run = _run_of(job)
    try:
        artifacts = save_result(run.lease, job, run.link, _find_output(run))
    except (BadOutput, PromptLost) as error:
        raise Refused("gone", f"{run.attempt.node.name} no longer has the picture.") from error
    except ComfyError as error:
        raise Refused(
            "service_unavailable",
            f"{run.attempt.node.name} did not give us the picture. {error.message} Check the node, then try again.",
        ) from error
    if not finish_failed(job, artifacts):
        delete_files(artifacts)
        raise Refused("too_late", "Another member of staff has just finished this job.")


def _run_of(job: Job) -> PromptRun:
    """The job's last attempt, under a token of its own: files that no row names are deleted later."""
    attempt = Attempt.objects.select_related("node").filter(job=job).latest("number")
    claim = Claim(job.id, job.owner_id, attempt.id, uuid.uuid4(), adopted=True)
    lease = Lease(claim)
    lease.extend_from(time.monotonic() + PATIENCE_S)  # no row has this lease, so no worker adopts it
    return PromptRun(lease=lease, job=job, attempt=attempt, link=link_to(attempt.node.url))


def _find_output(run: PromptRun) -> OutputFile:
    """The file as the node's history names it, or as the attempt predicts it. Raises PromptLost."""
    state = run.link.client.find(run.prompt_id)
    files = state.outputs.get(run.manifest.output_node) if state else None
    return files[0] if files else run.predicted_output()
