from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.views import ApiView
from creator.platform.api import answer_once, find_repeat, json_answer
from creator.platform.idempotency import Answer
from drive.access import get_connection, get_folder
from drive.api.answers import page_of_files, unless_same
from drive.api.schemas.folders import (
    FilesQuery,
    FolderBody,
    FolderChanges,
    FoundFileListAnswer,
    WatchedFolderAnswer,
    WatchedFolderListAnswer,
)
from drive.api.spending import require_no_cap
from drive.folders import add_folder, change_folder, check_new, stop_watching
from drive.models import WatchedFolder
from drive.queries import file_views, folder_view, folder_views, told_files
from jobs.api.pagination import next_page


class Folders(ApiView):
    """`GET /drive/folders`: the caller's watched folders, with their states.

    `POST /drive/folders`: watches a folder from now on. Each new photo in it becomes a job.
    """

    scopes = {"GET": Scope.DRIVE_READ, "POST": Scope.DRIVE_WRITE}
    body_fields = FolderBody
    answers = {"GET": {200: WatchedFolderListAnswer, 304: None}, "POST": {201: WatchedFolderAnswer}}
    refusals = {"POST": ("not_found", "plan_required", "preset_unavailable", "quota_exceeded")}
    repeatable = ("POST",)
    operation_ids = {"GET": "list_watched_folders", "POST": "watch_folder"}

    def get(self, request: Request) -> HttpResponse:
        found = folder_views(caller_of(request))
        return unless_same(request, WatchedFolderListAnswer({"folders": found}))

    def post(self, request: Request) -> HttpResponse:
        """The source is asked before the transaction that stores the folder."""
        owner, asked = caller_of(request), dict(self.body)
        require_no_cap(request)
        if repeat := find_repeat(request, owner.pk, request.data):
            return repeat
        new = check_new(owner=owner, connection=get_connection(owner, asked.pop("connection_id")), **asked)

        def add() -> Answer:
            return answer_of(add_folder(new, address=address_of(request)), status=201)

        return answer_once(request, owner.pk, request.data, add)


class OneFolder(ApiView):
    """`GET /drive/folders/{id}`: a watched folder, with its state.

    `PATCH /drive/folders/{id}`: changes the fields that are sent, and answers it. Files that come later are made so.

    `DELETE /drive/folders/{id}`: stops watching it. What is being made is still delivered, and files stay where they are.
    """

    scopes = {"GET": Scope.DRIVE_READ, "PATCH": Scope.DRIVE_WRITE, "DELETE": Scope.DRIVE_WRITE}
    body_fields = FolderChanges
    answers = {
        "GET": {200: WatchedFolderAnswer, 304: None},
        "PATCH": {200: WatchedFolderAnswer},
        "DELETE": {204: None},
    }
    refusals = {"PATCH": ("plan_required", "preset_unavailable")}
    operation_ids = {"GET": "get_watched_folder", "PATCH": "change_watched_folder", "DELETE": "stop_watching"}

    def get(self, request: Request, folder_id: UUID) -> HttpResponse:
        return unless_same(request, WatchedFolderAnswer(folder_view(_folder(request, folder_id))))

    def patch(self, request: Request, folder_id: UUID) -> Response:
        require_no_cap(request)
        changed = change_folder(_folder(request, folder_id), self.body, address=address_of(request))
        return Response(WatchedFolderAnswer(folder_view(changed)).data)

    def delete(self, request: Request, folder_id: UUID) -> Response:
        stop_watching(_folder(request, folder_id), address=address_of(request))
        return Response(status=204)


class Files(ApiView):
    """`GET /drive/folders/{id}/files`: the files that were found in it, newest first, and what became of them."""

    scopes = {"GET": Scope.DRIVE_READ}
    query_fields = FilesQuery
    answers = {"GET": {200: FoundFileListAnswer, 304: None}}
    operation_ids = {"GET": "list_found_files"}

    def get(self, request: Request, folder_id: UUID) -> HttpResponse:
        asked, rows = self.query, told_files(_folder(request, folder_id))
        files, cursor = page_of_files(rows, cursor=asked["cursor"], limit=asked["limit"])
        answer = {"files": file_views(files), "next": next_page(request, cursor)}
        return unless_same(request, FoundFileListAnswer(answer))


def answer_of(folder: WatchedFolder, *, status: int) -> Answer:
    """The folder as it is now."""
    return json_answer(status, WatchedFolderAnswer(folder_view(folder)).data)


def address_of(request: Request) -> str:
    """The IP address of the client."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _folder(request: Request, folder_id: UUID) -> WatchedFolder:
    return get_folder(caller_of(request), folder_id)
