from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Scope
from creator.api.views import ApiView
from jobs.api.schemas.model_files import ModelFileListAnswer
from jobs.catalogue.model_files import list_model_files


class ModelFiles(ApiView):
    """`GET /models`: the model files of the active nodes and of the offered presets."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: ModelFileListAnswer}}

    def get(self, request: Request) -> Response:
        return Response(ModelFileListAnswer({"models": list_model_files()}).data)
