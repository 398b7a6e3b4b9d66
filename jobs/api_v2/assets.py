"""Assets: photos, known by their ids, and results of jobs, known by the ids of their jobs."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from accounts.models import User
from billing.plans import PlanLimits
from creator.api.fields import read_fields
from creator.api.parsers import PhotoFormParser
from creator.api.views import ApiView
from creator.lib.errors import Refused
from creator.platform.api import answer_once, find_repeat, json_answer
from jobs.api_v2.refusals import ContractRefused
from jobs.api_v2.schemas.assets import (
    HASH,
    PREFIX,
    AssetAnswer,
    AssetForm,
    HashBody,
    asset_of_photo,
    asset_of_result,
)
from jobs.enums import ArtifactKind
from jobs.models import Artifact, Upload
from jobs.queries import own_jobs
from jobs.retention import remove_photo
from jobs.uploads.accept import accept_form_file
from jobs.uploads.known import find_known, hash_of, keep_longer, stored_photos
from jobs.uploads.storing import insert_photo

CREATED = 201


class Assets(ApiView):
    """`POST /assets`: a photo, in a form. The same file again is the same asset, and is answered with 200."""

    scopes = {"POST": Scope.JOBS_WRITE}
    parser_classes = [PhotoFormParser]
    body_fields = None
    answers = {"POST": {200: AssetAnswer, CREATED: AssetAnswer}}
    repeatable = ("POST",)

    def post(self, request: Request) -> HttpResponse:
        owner = caller_of(request)
        file, form = _read_form(request)
        digest = hash_of(file)
        if form.get("expected_hash", PREFIX + digest) != PREFIX + digest:
            raise ContractRefused(
                "hash_mismatch", "The file is not the one whose hash you sent. Send it again."
            )
        asked = {"file_path": form["file_path"], "hash": digest}
        if repeated := find_repeat(request, owner.pk, asked):
            return repeated
        once = partial(answer_once, request, owner.pk, asked)
        if known := find_known(owner.pk, digest):
            return once(lambda: json_answer(200, _known_photo(request, known)))
        file.name = PurePosixPath(form["file_path"]).name or "photo"

        def insert(row: Upload, limits: PlanLimits) -> HttpResponse:
            row.blake3 = digest
            return once(lambda: json_answer(CREATED, _new_photo(request, insert_photo(row, limits))))

        return accept_form_file(owner=owner, file=file, insert=insert)


class AssetFromHash(ApiView):
    """`POST /assets/from-hash`: the asset of a photo that the caller has sent before, by its hash."""

    scopes = {"POST": Scope.JOBS_WRITE}
    body_fields = HashBody
    answers = {"POST": {200: AssetAnswer}}

    def post(self, request: Request) -> Response:
        photo = _find_by_hash(caller_of(request), self.body["hash"])
        return Response(_known_photo(request, photo))


class AssetByHash(ApiView):
    """`HEAD /assets/by-hash/{hash}`: whether `from-hash` would find a photo."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"HEAD": {200: None}}

    def head(self, request: Request, content_hash: str) -> Response:
        _find_by_hash(caller_of(request), content_hash)
        return Response()


class OneAsset(ApiView):
    """`GET /assets/{id}`: an asset with a new link to its file. `DELETE /assets/{id}`: a photo that no job needs."""

    scopes = {"GET": Scope.JOBS_READ, "DELETE": Scope.JOBS_WRITE}
    answers = {"GET": {200: AssetAnswer}, "DELETE": {204: None}}

    def get(self, request: Request, asset_id: UUID) -> Response:
        return Response(AssetAnswer(_find(request, asset_id)).data)

    def delete(self, request: Request, asset_id: UUID) -> Response:
        photo = stored_photos(caller_of(request).pk).filter(pk=asset_id).first()
        if photo is None:
            _find(request, asset_id)
            raise ContractRefused("asset_in_use", "This is the result of a job. It is deleted with its job.")
        if not remove_photo(photo):
            message = "A job that has not ended needs this photo. Cancel it, or wait until it has ended."
            raise ContractRefused("asset_in_use", message)
        return Response(status=204)


class AssetContent(ApiView):
    """`GET /assets/{id}/content`: leads to a link that serves the file for a while, to whoever has it."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {302: None}}

    def get(self, request: Request, asset_id: UUID) -> HttpResponse:
        return HttpResponseRedirect(_find(request, asset_id)["url"])


def _read_form(request: Request) -> tuple[UploadedFile, dict[str, Any]]:
    files = request.FILES.getlist("file")
    if len(files) != 1:
        raise Refused("malformed_request", "Send one photo in the field “file”.")
    sent = request.POST
    fields = {name: values if name == "tags" else values[-1] for name, values in sent.lists()}
    return files[0], read_fields(AssetForm, fields, texts=True)


def _find(request: Request, asset_id: UUID) -> dict[str, Any]:
    """Raises Refused `not_found`."""
    owner = caller_of(request)
    if photo := stored_photos(owner.pk).filter(pk=asset_id).first():
        return asset_of_photo(request, photo)
    results = Artifact.objects.filter(job__in=own_jobs(owner), job_id=asset_id, kind=ArtifactKind.RESULT)
    if result := results.select_related("job__preset_version").first():
        return asset_of_result(request, result)
    raise Refused("not_found", "There is no such asset.")


def _find_by_hash(owner: User, given: str) -> Upload:
    found = find_known(owner.pk, given.removeprefix(PREFIX)) if HASH.fullmatch(given) else None
    if found is None:
        raise ContractRefused("blob_not_found", "You have sent no file with this hash that is still stored.")
    return found


def _new_photo(request: Request, photo: Upload) -> dict[str, Any]:
    return AssetAnswer(asset_of_photo(request, photo) | {"created_new": True}).data


def _known_photo(request: Request, photo: Upload) -> dict[str, Any]:
    keep_longer(photo)
    return AssetAnswer(asset_of_photo(request, photo) | {"created_new": False}).data
