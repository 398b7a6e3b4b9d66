from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from billing.ledger import present_account
from billing.queries import present_notice
from creator.api.views import ApiView
from jobs.api.schemas.dashboard import DashboardAnswer, dashboard_of
from jobs.streaming.home import read_home


class DashboardView(ApiView):
    """`GET /dashboard`: what is in progress, the newest results and what is left to spend, as on the home page."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: DashboardAnswer}}

    def get(self, request: Request) -> Response:
        owner = caller_of(request)
        account = present_account(owner.pk)
        shown = dashboard_of(request, read_home(owner.pk), account, present_notice(account))
        return Response(DashboardAnswer(shown).data)
