"""What staff see of erasures and may do: `manage.py erasures`."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from accounts.erasure.asking import ask_erasure
from accounts.models import Erasure, User
from creator.lib.clock import database_now
from creator.lib.errors import Refused


def open_erasures() -> QuerySet[Erasure]:
    """Erasures that are not done: first those that fail, then by the time of the next try."""
    return Erasure.objects.filter(erased_at=None).order_by("-failures", "due_at")


def retry_erasure(erasure_id: UUID) -> None:
    """Makes a failing erasure due now. Raises Refused: `not_found`, or `too_late` if it has not begun or is done."""
    erasure = Erasure.objects.filter(pk=erasure_id)
    if erasure.filter(begun_at__isnull=False, erased_at=None).update(due_at=database_now()):
        return
    if erasure.exists():
        raise Refused("too_late", f"Erasure {erasure_id} is done or has not begun.")
    raise Refused("not_found", f"There is no erasure {erasure_id}.")


def erase_now(email: str) -> Erasure:
    """Erases an account without a grace, as when its person asks for it by mail. Raises Refused `not_found`."""
    user = User.objects.find(email)
    if user is None:
        raise Refused("not_found", f"There is no account with the address {email}.")
    erasure = ask_erasure(user)
    Erasure.objects.filter(pk=erasure.pk, begun_at=None).update(due_at=database_now())
    return erasure
