"""What people read on /notifications/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest

from accounts.models import Notification, User
from accounts.notifications.kind import Kind, Letter, all_kinds
from accounts.notifications.notifying import read_facts
from accounts.notifications.preferences import turned_off
from accounts.notifications.writing import write_line

MOST_SHOWN = 20


@dataclass(frozen=True)
class ShownNotification:
    """What happened in a line, when, and where to read more: empty if there is nothing more to read."""

    line: str
    at: datetime
    link: str


def newest_notifications(user: User, request: HttpRequest) -> list[ShownNotification]:
    """The person's newest notifications of kinds that they want on the page."""
    kinds = {kind.name: kind for kind in all_kinds() if kind.on_page}
    wanted = kinds.keys() - turned_off(user, "page")
    rows = Notification.objects.filter(user=user, kind__in=wanted).order_by("-created_at", "-pk")
    return [_shown(row, kinds[row.kind], user, request) for row in rows[:MOST_SHOWN]]


def _shown(row: Notification, kind: Kind, user: User, request: HttpRequest) -> ShownNotification:
    letter = Letter(kind, user.email, user, request, {"at": row.created_at, **read_facts(row.facts)})
    return ShownNotification(write_line(letter), row.created_at, _link(letter))


def _link(letter: Letter) -> str:
    """Empty if what it led to is gone: the line still says what happened."""
    try:
        return letter.kind.link(letter) if letter.kind.link else ""
    except ObjectDoesNotExist:
        return ""
