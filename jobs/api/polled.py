"""Answers with jobs that programs ask for again and again: 304 while no job has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from creator.api.etags import unless_known
from creator.api.fields import AnswerFields
from creator.http.file_links import link_expires_at
from jobs.api.schemas.jobs import WholeJob, read_snapshots, whole_jobs
from jobs.models import Job
from jobs.streaming.snapshot import Snapshot


def answer_with(
    request: Request,
    jobs: Sequence[Job],
    build: Callable[[list[WholeJob]], AnswerFields],
    *,
    beside: object = None,
) -> HttpResponse:
    """The answer that `build` makes of the jobs, or 304. Load them with `jobs.queries.with_progress`.

    `beside`: what else in the answer may change. Signed links are part of it, so the answer changes when new ones are
    due, long before the old ones expire.
    """
    snapshots = read_snapshots(jobs)
    state = [state_of(job, now) for job, now in zip(jobs, snapshots, strict=True)]
    return unless_known(
        request,
        [beside, link_expires_at(), state],
        lambda: Response(build(whole_jobs(request, jobs, snapshots)).data),
    )


def state_of(job: Job, now: Snapshot) -> tuple[object, ...]:
    """Differs as soon as the job is shown differently.

    Each move and each progress has its own number; what it does not count are the times of files, which a change of the
    plan moves, rows that were deleted, and what is estimated anew.
    """
    waits = (now.position, now.eta, now.why, now.preview_url)
    files = (job.files_expire_at, job.files_purged_at, job.upload_id, job.rerun_of_id)
    return (job.id, now.sequence, *waits, *files)
