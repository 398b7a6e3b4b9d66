"""Uploads in parts, by tus 1.0 (https://tus.io/protocols/resumable-upload): creation, termination, expiration, checksum."""

from __future__ import annotations

import base64
import hashlib
import re
import tempfile
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.fields import whole_address
from creator.api.views import ApiView
from creator.lib.errors import Refused
from creator.lib.scratch import scratch_folder
from creator.platform.api import answer_once, json_answer
from creator.platform.idempotency import Answer
from jobs.access import get_partial_upload
from jobs.api.schemas.uploads import PartialUploadAnswer
from jobs.models import PartialUpload
from jobs.uploads.parts import add_part, begin_parts, drop_parts

VERSION = "1.0.0"
ABOUT = {"Tus-Resumable": VERSION}
ALGORITHMS = ("sha1", "sha256")
SUPPORTED = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,termination,expiration,checksum",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
}
"""What the answer to OPTIONS has to say (tus 1.0, "OPTIONS" and "Checksum")."""
CHUNK = 256 * 1024
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)


class PartParser(BaseParser):
    """A part as it is: `request.data` is a file to read it from."""

    media_type = "application/offset+octet-stream"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream


class TusView(ApiView):
    """Speaks tus 1.0: who changes something and speaks another version gets 412."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        changes = request.method != "GET" and request.method in self.answers
        if changes and request.headers.get("Tus-Resumable") != VERSION:
            message = f"Send the header Tus-Resumable: {VERSION}, as the protocol tus of that version has it."
            raise Refused("wrong_protocol", message, headers=SUPPORTED)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().options(request, *args, **kwargs)
        for name, value in SUPPORTED.items():
            answer[name] = value
        return answer

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in ABOUT.items():
            answer[name] = value
        return answer


class PartialUploads(TusView):
    """`POST /uploads/parts`: begins a photo that is sent in parts (tus 1.0). Its address is in `Location`."""

    scopes = {"POST": Scope.JOBS_WRITE}
    answers = {"POST": {201: PartialUploadAnswer}}
    operation_ids = {"POST": "begin_parts"}
    takes_headers = {"POST": ("Tus-Resumable", "Upload-Length", "Upload-Metadata")}
    refusals = {"POST": ("quota_exceeded", "wrong_protocol", "idempotency_conflict")}
    repeatable = ("POST",)

    def post(self, request: Request) -> HttpResponse:
        owner = caller_of(request)
        length, name = _number(request, "Upload-Length"), _name(request)

        def work() -> Answer:
            begun = begin_parts(owner=owner, name=name, length=length)
            address = whole_address(request, reverse("api_partial_upload", args=[begun.pk]))
            return json_answer(201, PartialUploadAnswer(begun).data, {"Location": address, **_about(begun)})

        return answer_once(request, owner.pk, {"length": length, "name": name}, work)


class OnePartialUpload(TusView):
    """`GET /uploads/parts/{id}`: how much has arrived. `PATCH /uploads/parts/{id}`: one more part, from the byte in
    `Upload-Offset`; after the last one the photo has this id. `DELETE /uploads/parts/{id}`: gives it up.
    """

    scopes = {"GET": Scope.JOBS_WRITE, "PATCH": Scope.JOBS_WRITE, "DELETE": Scope.JOBS_WRITE}
    parser_classes = [PartParser]
    body_fields = None
    bodies = {PartParser.media_type: None}
    answers = {"GET": {200: PartialUploadAnswer}, "PATCH": {204: None}, "DELETE": {204: None}}
    operation_ids = {"GET": "get_parts", "PATCH": "add_part", "DELETE": "drop_parts"}
    takes_headers = {
        "PATCH": ("Tus-Resumable", "Upload-Offset", "Upload-Checksum"),
        "DELETE": ("Tus-Resumable",),
    }
    refusals = {
        "PATCH": (
            "wrong_offset",
            "wrong_protocol",
            "checksum_mismatch",
            "quota_exceeded",
            "image_too_large",
            "unsupported_image",
        ),
        "DELETE": ("wrong_protocol",),
    }

    def get(self, request: Request, partial_id: UUID) -> Response:
        found = get_partial_upload(caller_of(request), partial_id)
        return Response(PartialUploadAnswer(found).data, headers=_about(found))

    def patch(self, request: Request, partial_id: UUID) -> Response:
        owner, body = caller_of(request), cast(IO[bytes] | dict[str, Any], request.data)
        found = get_partial_upload(owner, partial_id)
        offset = _number(request, "Upload-Offset")
        with tempfile.NamedTemporaryFile(dir=scratch_folder()) as part:
            _copy(None if isinstance(body, dict) else body, part, request.headers.get("Upload-Checksum"))
            found = add_part(found, owner=owner, offset=offset, source=Path(part.name))
        photo = {"Content-Location": reverse("api_upload", args=[found.pk])} if found.is_done else {}
        return Response(status=204, headers=_about(found) | photo)

    def delete(self, request: Request, partial_id: UUID) -> Response:
        drop_parts(get_partial_upload(caller_of(request), partial_id))
        return Response(status=204)


def _about(upload: PartialUpload) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": http_date(upload.expires_at.timestamp()),
        "Cache-Control": "no-store",
    }


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text) or (header == "Upload-Length" and not int(text)):
        raise Refused("malformed_request", f"Send a number of bytes in the header {header}.")
    return int(text)


def _name(request: Request) -> str:
    """`filename` of Upload-Metadata: names and values in base64, between commas."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            return _decoded(value, "Upload-Metadata").decode("utf-8", "replace") or "photo"
    return "photo"


def _copy(body: IO[bytes] | None, part: IO[bytes], checksum: str | None) -> None:
    """Raises Refused `checksum_mismatch` if the bytes are not those that the sender counted."""
    algorithm, _, given = (checksum or "sha1 ").partition(" ")
    if algorithm not in ALGORITHMS:
        raise Refused("malformed_request", f"The checksum of a part is one of {' and '.join(ALGORITHMS)}.")
    digest = hashlib.new(algorithm, usedforsecurity=False)
    while body and (chunk := body.read(CHUNK)):
        digest.update(chunk)
        part.write(chunk)
    part.flush()
    if checksum is not None and digest.digest() != _decoded(given, "Upload-Checksum"):
        raise Refused("checksum_mismatch", "The part arrived damaged. Send it again.")


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # of other letters than ASCII's it is not a binascii.Error
        raise Refused("malformed_request", f"The header {header} is not in base64.") from error
