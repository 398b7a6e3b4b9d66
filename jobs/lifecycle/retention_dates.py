"""Sets when files expire. The purge reads only these dates."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Case, Exists, OuterRef, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from billing.plans import limits_of
from creator.lib.clock import database_now
from jobs.enums import OPEN
from jobs.models import Job, Upload

DAY_S = 24 * 3600


def retained_until(owner_id: UUID) -> Combinable:
    """A query expression: the database's time now plus the retention days of the owner's plan."""
    return database_now(limits_of(owner_id).retention_days * DAY_S)


def set_photo_expiry(upload_id: UUID, until: Combinable, *, is_used: bool) -> None:
    """Sets the photo's expiry after one of its jobs ended: at least `until`. `is_used`: the job made a picture.

    Leaves the expiry alone while another open job uses the photo. Call it under the lock of the owner's queue.
    Then, if two jobs end at the same moment, the second sees the first's end.
    """
    in_use = Exists(Job.objects.filter(upload_id=OuterRef("pk"), status__in=OPEN))
    later = Greatest(Coalesce("expires_at", until), until)
    changes = {"is_used": True} if is_used else {}
    Upload.objects.filter(pk=upload_id).update(
        expires_at=Case(When(in_use, then="expires_at"), default=later), **changes
    )
