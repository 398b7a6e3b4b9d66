from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.fields import whole_address
from creator.api.views import ApiView
from creator.platform.api import answer_once, json_answer
from creator.platform.idempotency import Answer
from drive.access import get_folder
from drive.again import plan_again, run_again
from drive.api.folders import address_of, answer_of
from drive.api.schemas.folders import AgainAnswer, AgainBody, WatchedFolderAnswer
from drive.api.spending import require_no_cap
from drive.folders import pause_by_owner, resume_by_owner


class PauseFolder(ApiView):
    """`POST /drive/folders/{id}/pause`: makes no more pictures until it is resumed. New files are found, and wait."""

    scopes = {"POST": Scope.DRIVE_WRITE}
    answers = {"POST": {200: WatchedFolderAnswer}}
    repeatable = ("POST",)
    operation_ids = {"POST": "pause_folder"}

    def post(self, request: Request, folder_id: UUID) -> HttpResponse:
        folder = get_folder(caller_of(request), folder_id)

        def pause() -> Answer:
            pause_by_owner(folder, address=address_of(request))
            return answer_of(folder, status=200)

        return answer_once(request, folder.owner_id, request.data or None, pause)


class ResumeFolder(ApiView):
    """`POST /drive/folders/{id}/resume`: goes on, whyever it was paused. If it still cannot, it says why again."""

    scopes = {"POST": Scope.DRIVE_WRITE}
    answers = {"POST": {200: WatchedFolderAnswer}}
    repeatable = ("POST",)
    operation_ids = {"POST": "resume_folder"}

    def post(self, request: Request, folder_id: UUID) -> HttpResponse:
        folder = get_folder(caller_of(request), folder_id)
        require_no_cap(request)

        def resume() -> Answer:
            resume_by_owner(folder, address=address_of(request))
            return answer_of(folder, status=200)

        return answer_once(request, folder.owner_id, request.data or None, resume)


class FolderAgain(ApiView):
    """`GET /drive/folders/{id}/again`: how many pictures would be made again now, and what they would cost.

    `POST /drive/folders/{id}/again`: makes the newest 20 again, with the folder's present settings. All are begun or
    none. Their results lie beside the earlier ones.
    """

    scopes = {"GET": Scope.DRIVE_READ, "POST": Scope.DRIVE_WRITE}
    body_fields = AgainBody
    answers = {"GET": {200: AgainAnswer}, "POST": {202: AgainAnswer}}
    refusals = {
        "GET": ("preset_unavailable",),
        "POST": (
            *("preset_unavailable", "too_late", "plan_required", "spend_cap", "insufficient_credits"),
            *("payment_due", "quota_exceeded"),
        ),
    }
    repeatable = ("POST",)
    operation_ids = {"GET": "get_cost_of_again", "POST": "make_again"}

    def get(self, request: Request, folder_id: UUID) -> Response:
        return Response(AgainAnswer(plan_again(get_folder(caller_of(request), folder_id))).data)

    def post(self, request: Request, folder_id: UUID) -> HttpResponse:
        folder = get_folder(caller_of(request), folder_id)
        require_no_cap(request)

        def begin() -> Answer:
            made = run_again(folder, address=address_of(request), **self.body)
            files = whole_address(request, reverse("api_drive_files", args=[folder.pk]))
            return json_answer(202, AgainAnswer(made).data, {"Location": files})

        return answer_once(request, folder.owner_id, request.data or None, begin)
