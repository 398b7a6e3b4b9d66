from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from accounts.audit import record
from accounts.enums import SecurityEvent
from accounts.erasure.access import end_access
from accounts.models import Erasure, User
from accounts.notifications import notify
from accounts.notifications.kinds import DELETION_SCHEDULED, DELETION_STOPPED
from creator.lib.clock import database_now

GRACE = timedelta(days=7)


def ask_erasure(user: User, *, address: str = "") -> Erasure:
    """Schedules the erasure of the account for the end of the grace, and ends all access to it at once.

    Repeated calls return the erasure that is scheduled. `address` is the client's, for the audit.
    """
    with transaction.atomic(durable=True):
        erasure, is_new = Erasure.objects.get_or_create(
            user=user, defaults={"due_at": database_now(GRACE.total_seconds())}
        )
        erasure.refresh_from_db(fields=["due_at"])
        if is_new:
            record(SecurityEvent.DELETION_ASKED, user, address=address, erasure=str(erasure.pk))
            facts = {"deleted_at": erasure.due_at}
            notify(DELETION_SCHEDULED, user, event_id=str(erasure.pk), facts=facts)
        end_access(user, address=address)
    return erasure


def pending_erasure(user: User) -> Erasure | None:
    """The erasure that a sign-in would still stop."""
    return Erasure.objects.filter(user=user, begun_at=None).first()


def stop_erasure(user: User, *, address: str = "") -> bool:
    """Keeps the account. False if no erasure is scheduled, or if it has begun: then nothing stops it."""
    with transaction.atomic():
        erasure = pending_erasure(user)
        if erasure is None or not Erasure.objects.filter(pk=erasure.pk, begun_at=None).delete()[0]:
            return False
        record(SecurityEvent.DELETION_STOPPED, user, address=address)
        notify(DELETION_STOPPED, user, event_id=str(erasure.pk))
    return True
