from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.etags import unless_known
from creator.api.views import ApiView
from jobs.access import get_artifact
from jobs.api.schemas.jobs import OneArtifactAnswer, artifact_file


class OneArtifact(ApiView):
    """`GET /artifacts/{id}`: a stored file of a job, with a link that works without a key."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: OneArtifactAnswer, 304: None}}

    def get(self, request: Request, artifact_id: UUID) -> HttpResponse:
        artifact = get_artifact(caller_of(request), artifact_id)
        file = artifact_file(request, artifact.job, artifact)
        state = [artifact.public_id, artifact.expires_at, file.url]
        return unless_known(request, state, lambda: Response(OneArtifactAnswer(file).data))


class ArtifactContent(ApiView):
    """`GET /artifacts/{id}/content`: leads to the file itself, by a link that works without a key."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {302: None}}

    def get(self, request: Request, artifact_id: UUID) -> HttpResponse:
        artifact = get_artifact(caller_of(request), artifact_id)
        return HttpResponseRedirect(artifact_file(request, artifact.job, artifact).url)
