from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.audit import lines_of
from accounts.callers import signed_in_user
from accounts.enums import SecurityEvent
from creator.platform.models import AuditLine
from creator.web.pages import page

PAGE_SIZE = 50
SHOWN = ("address", "device", "name", "prefix", "factor", "scopes")
"""Details that a person reads; the others are for the staff."""


@page("GET")
def activity(request: HttpRequest) -> HttpResponse:
    """What happened to the security of the person's account, newest first, by `page`."""
    user = signed_in_user(request)
    shown = Paginator(lines_of(user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "account/activity.html",
        {"shown": shown, "lines": [_as_read(line, user.pk) for line in shown]},
    )


def _as_read(line: AuditLine, person_id: object) -> dict[str, object]:
    """One line in the person's words."""
    facts = (line.details.get(name) for name in SHOWN)
    return {
        "at": line.at,
        "what": SecurityEvent(line.action).label,
        "facts": [", ".join(each) if isinstance(each, list) else str(each) for each in facts if each],
        "by_staff": line.actor_id is not None and line.actor_id != person_id,
    }
