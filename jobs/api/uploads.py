from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.parsers import PhotoFormParser
from creator.api.views import ApiView
from creator.lib.errors import Refused
from jobs.api.schemas.uploads import UploadAnswer
from jobs.uploads.accept import accept_photo


class Uploads(ApiView):
    """`POST /uploads`: one photo, in the field `file` of a multipart form."""

    scopes = {"POST": Scope.JOBS_WRITE}
    parser_classes = [PhotoFormParser]
    body_fields = None
    answers = {"POST": {201: UploadAnswer}}
    refusals = {"POST": ("image_too_large", "unsupported_image", "quota_exceeded")}

    def post(self, request: Request) -> Response:
        files = request.FILES.getlist("file")
        if len(files) != 1 or len(request.data) != 1:
            raise Refused("malformed_request", "Send one photo in the field “file”, and nothing else.")
        photo = accept_photo(owner=caller_of(request), file=files[0])
        return Response(UploadAnswer(photo).data, status=201)
