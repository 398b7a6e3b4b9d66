"""What people read on /notifications/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest

from accounts.models import Notice, User
from accounts.notifications.kind import Kind, Letter, all_kinds
from accounts.notifications.notifying import read_facts
from accounts.notifications.preferences import turned_off
from accounts.notifications.writing import write_line

MOST_SHOWN = 20


@dataclass(frozen=True)
class ShownNotice:
    """What happened in a line, when, and where to read more."""

    line: str
    at: datetime
    link: str
    button: str


def newest_notices(user: User, request: HttpRequest) -> list[ShownNotice]:
    """The person's newest notices of kinds that they want on the page. Leaves out what is about something gone."""
    kinds = {kind.name: kind for kind in all_kinds() if kind.on_page}
    wanted = kinds.keys() - turned_off(user, "page")
    rows = Notice.objects.filter(user=user, kind__in=wanted).order_by("-created_at", "-pk")[:MOST_SHOWN]
    shown = (_shown(row, kinds[row.kind], user, request) for row in rows)
    return [each for each in shown if each is not None]


def _shown(row: Notice, kind: Kind, user: User, request: HttpRequest) -> ShownNotice | None:
    letter = Letter(kind, user.email, user, request, {"at": row.created_at, **read_facts(row.facts)})
    try:
        link = kind.link(letter) if kind.link else ""
        return ShownNotice(write_line(letter), row.created_at, link, kind.button)
    except ObjectDoesNotExist:
        return None
