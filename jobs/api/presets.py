from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Scope
from creator.api.views import ApiView
from jobs.api.schemas.presets import PresetListAnswer
from jobs.catalogue import offered_presets


class Presets(ApiView):
    """`GET /presets`: the offered presets, each with a JSON schema of its parameters."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: PresetListAnswer}}

    def get(self, request: Request) -> Response:
        return Response(PresetListAnswer({"presets": offered_presets()}).data)
