from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Scope
from creator.api.views import ApiView
from jobs.api.schemas.presets import PresetAnswer, PresetListAnswer
from jobs.catalogue import get_offered, offered_presets


class Presets(ApiView):
    """`GET /presets`: the offered presets, each with a JSON schema of its parameters."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: PresetListAnswer}}

    def get(self, request: Request) -> Response:
        return Response(PresetListAnswer({"presets": offered_presets()}).data)


class OnePreset(ApiView):
    """`GET /presets/{slug}`: one offered preset."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: PresetAnswer}}

    def get(self, request: Request, slug: str) -> Response:
        return Response(PresetAnswer(get_offered(slug)).data)
