"""Sets when files expire. The purge reads only these dates."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef
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


def set_photo_expiry(upload_id: UUID, until: Combinable) -> None:
    """Sets the photo's expiry after one of its jobs ended: at least `until`.

    Does nothing while another open job uses it. Call it under the lock of the owner's queue. Then, if two
    jobs end at the same moment, the second sees the first's end.
    """
    in_use = Job.objects.filter(upload_id=OuterRef("pk"), status__in=OPEN)
    Upload.objects.filter(~Exists(in_use), pk=upload_id).update(
        expires_at=Greatest(Coalesce("expires_at", until), until)
    )
