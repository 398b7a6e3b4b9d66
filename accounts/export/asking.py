from __future__ import annotations

import math
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.audit import record
from accounts.enums import SecurityEvent
from accounts.export.bell import doorbell
from accounts.models import DataExport, User
from creator.lib.clock import database_now, read_database_now
from creator.lib.errors import Refused
from creator.lib.formatting import count, duration

MOST_A_DAY = 3
DAY = timedelta(days=1)


def ask_export(user: User, *, address: str = "") -> DataExport:
    """Asks for an export, or returns the one that is being made.

    Raises Refused `rate_limited` after MOST_A_DAY in 24 hours. `address` is the client's, for the audit.
    """
    with transaction.atomic(durable=True):
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)  # one request at a time
        newest = exports_of(user).first()
        if newest and newest.is_open:
            return newest
        asked = list(exports_of(user).filter(created_at__gt=read_database_now() - DAY))
        if len(asked) >= MOST_A_DAY:
            raise _too_many(asked[-1])
        export = DataExport.objects.create(owner=user)
        record(SecurityEvent.EXPORT_ASKED, user, address=address, export=str(export.pk))
        doorbell.ring_after_commit()
    return export


def exports_of(user: User) -> QuerySet[DataExport]:
    """The person's exports, newest first."""
    return DataExport.objects.filter(owner=user).order_by("-created_at")


def get_export(user: User, export_id: UUID) -> DataExport:
    """This user's export, whose file can be fetched. Raises Refused: `not_found`, or `gone` once it has expired."""
    mine = exports_of(user).filter(pk=export_id, done_at__isnull=False)
    if not mine.exists():
        raise Refused("not_found", "There is no such export.")
    stored = mine.filter(expires_at__gt=database_now()).exclude(key="").first()
    if stored is None:
        raise Refused("gone", "This export is no longer stored. You can ask for another one.")
    return stored


def _too_many(oldest: DataExport) -> Refused:
    wait_s = math.ceil((oldest.created_at + DAY - read_database_now()).total_seconds())
    message = f"You can ask for {count(MOST_A_DAY, 'export')} in 24 hours. Ask again in {duration(wait_s)}."
    return Refused("rate_limited", message, headers={"Retry-After": str(max(1, wait_s))})
