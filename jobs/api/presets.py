from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Scope
from creator.api.etags import unless_known
from creator.api.views import ApiView
from jobs.api.schemas.presets import PresetAnswer, PresetListAnswer
from jobs.catalogue import get_offered, offered_presets


class Presets(ApiView):
    """`GET /presets`: the offered presets, each with a JSON schema of its parameters."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: PresetListAnswer, 304: None}}

    def get(self, request: Request) -> HttpResponse:
        presets = offered_presets()
        return unless_known(
            request,
            [each.mark for each in presets],
            lambda: Response(PresetListAnswer({"presets": presets}).data),
        )


class OnePreset(ApiView):
    """`GET /presets/{slug}`: one offered preset."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: PresetAnswer, 304: None}}

    def get(self, request: Request, slug: str) -> HttpResponse:
        preset = get_offered(slug)
        return unless_known(request, preset.mark, lambda: Response(PresetAnswer(preset).data))
