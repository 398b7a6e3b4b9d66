from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from billing.plans import PlanLimits
from creator.api.fields import read_fields
from creator.api.parsers import PhotoFormParser, StrictJSONParser
from creator.api.views import ApiView
from creator.lib.errors import Refused
from creator.platform.api import answer_once, find_repeat, json_answer
from creator.platform.idempotency import Answer
from jobs.access import get_upload
from jobs.api.schemas.uploads import PhotoForm, UploadAnswer, UploadByAddress
from jobs.models import Upload
from jobs.retention import remove_photo
from jobs.uploads.accept import accept_address, accept_form_file
from jobs.uploads.storing import insert_photo

IN_USE = "A job that is not yet done uses this photo. Delete it when the job has ended, or cancel the job."


class Uploads(ApiView):
    """`POST /uploads`: one photo, in the field `file` of a multipart form, or fetched from the `url` of a JSON body."""

    scopes = {"POST": Scope.JOBS_WRITE}
    parser_classes = [PhotoFormParser, StrictJSONParser]
    body_fields = None
    bodies = {"multipart/form-data": PhotoForm, "application/json": UploadByAddress}
    answers = {"POST": {201: UploadAnswer}}
    refusals = {"POST": ("image_too_large", "unsupported_image", "quota_exceeded", "idempotency_conflict")}
    repeatable = ("POST",)

    def post(self, request: Request) -> HttpResponse:
        owner = caller_of(request)
        if isinstance(request.data, QueryDict):
            file = _only_file(request)
            return accept_once(
                request, _what(request, file), partial(accept_form_file, owner=owner, file=file)
            )
        asked = read_fields(UploadByAddress, request.data)
        return accept_once(request, asked, partial(accept_address, owner=owner, url=asked["url"]))


class OneUpload(ApiView):
    """`GET /uploads/{id}`: one photo. `DELETE /uploads/{id}`: deletes it at once, unless a job in progress uses it."""

    scopes = {"GET": Scope.JOBS_READ, "DELETE": Scope.JOBS_WRITE}
    answers = {"GET": {200: UploadAnswer}, "DELETE": {204: None}}
    refusals = {"DELETE": ("too_late",)}

    def get(self, request: Request, upload_id: UUID) -> Response:
        return Response(UploadAnswer(get_upload(caller_of(request), upload_id)).data)

    def delete(self, request: Request, upload_id: UUID) -> Response:
        if not remove_photo(get_upload(caller_of(request), upload_id)):
            raise Refused("too_late", IN_USE)
        return Response(status=204)


def accept_once(request: Request, asked: object, accept: Callable[..., HttpResponse]) -> HttpResponse:
    """Calls `accept` with what inserts the row and makes the answer, unless an `Idempotency-Key` is repeated.

    A photo takes long to read, so the key is looked for first, and its row is inserted together with the photo's. Of
    requests that came at once, the others then store nothing and get the first one's answer.
    """
    owner_id = caller_of(request).pk

    def insert(row: Upload, limits: PlanLimits) -> HttpResponse:
        def work() -> Answer:
            return json_answer(201, UploadAnswer(insert_photo(row, limits)).data)

        return answer_once(request, owner_id, asked, work)

    return find_repeat(request, owner_id, asked) or accept(insert=insert)


def _only_file(request: Request) -> UploadedFile:
    files: list[UploadedFile] = request.FILES.getlist("file")
    if len(files) != 1 or len(request.data) != 1:
        raise Refused("malformed_request", "Send one photo in the field “file”, and nothing else.")
    return files[0]


def _what(request: Request, file: UploadedFile) -> dict[str, str]:
    """What a repeated request must send again. Read only where it may be one."""
    if "Idempotency-Key" not in request.headers:
        return {}
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return {"name": file.name or "", "sha256": digest.hexdigest()}
