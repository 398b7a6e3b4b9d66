from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.views import ApiView
from jobs.access import get_bare_job, get_job
from jobs.api_v2.schemas.jobs import JobAnswer, WorkflowAnswer, whole_job
from jobs.api_v2.submitting import asset_reference, photo_targets
from jobs.catalogue import graph_of
from jobs.lifecycle import cancel_job
from jobs.models import Job
from jobs.presets import Photo, render_graph
from jobs.presets.graph import Graph
from jobs.queries import with_labels
from jobs.streaming.snapshot import snapshot_of

NO_NAME = "photo.png"
BOUNDLESS = 2**31


class OneJob(ApiView):
    """`GET /jobs/{id}`: everything about one job."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: JobAnswer}}

    def get(self, request: Request, job_id: UUID) -> Response:
        return _answer(request, get_job(caller_of(request), job_id, load=with_labels))


class CancelJob(ApiView):
    """`POST /jobs/{id}/cancel`: asks the job to stop, and answers how it is then. One that has ended stays as it is."""

    scopes = {"POST": Scope.JOBS_WRITE}
    answers = {"POST": {200: JobAnswer}}

    def post(self, request: Request, job_id: UUID) -> Response:
        cancel_job(job=get_bare_job(caller_of(request), job_id))
        return _answer(request, get_job(caller_of(request), job_id, load=with_labels))


class JobWorkflow(ApiView):
    """`GET /jobs/{id}/workflow`: the graph with the job's settings. Sent again, it makes the same picture."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: WorkflowAnswer}}

    def get(self, request: Request, job_id: UUID) -> Response:
        job = get_job(caller_of(request), job_id, load=with_labels)
        return Response(WorkflowAnswer({"workflow": sent_graph(job), "format": "api"}).data)


class JobLogs(ApiView):
    """`GET /jobs/{id}/logs`: 204. What nodes print is not kept."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {204: None}}

    def get(self, request: Request, job_id: UUID) -> Response:
        get_bare_job(caller_of(request), job_id)
        return Response(status=204)


def sent_graph(job: Job) -> Graph:
    """The graph of the job's preset with the values of the job, as one sends it.

    Before it runs, a size is limited to that of the photo; here it is the one that was asked for.
    """
    version, photo = job.preset_version, job.upload
    manifest = version.manifest
    graph = render_graph(
        manifest,
        graph_of(version),
        values=job.parameters,
        seed=job.seed,
        photo=Photo(NO_NAME, BOUNDLESS, BOUNDLESS) if manifest.needs_photo else None,
        filename_prefix=manifest.slug,
    )
    for target in photo_targets(manifest):
        if photo:
            graph[target.node]["inputs"][target.input] = asset_reference(photo)
    return graph


def _answer(request: Request, job: Job) -> Response:
    return Response(JobAnswer(whole_job(request, job, snapshot_of(job))).data)
