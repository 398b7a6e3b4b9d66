"""When files go. The rows say it; whoever purges reads nothing else."""

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


def kept_until(owner_id: UUID) -> Combinable:
    """An expression for queries: now plus the days that the owner's plan keeps files."""
    return database_now(limits_of(owner_id).retention_days * DAY_S)


def date_photo(upload_id: UUID, until: Combinable) -> None:
    """The photo of a job that just ended is kept as long as its files, or until no other open job uses it.

    Called under the lock of the owner's queue: of two jobs that end at the same moment the second sees that the first has.
    """
    in_use = Job.objects.filter(upload_id=OuterRef("pk"), status__in=OPEN)
    Upload.objects.filter(~Exists(in_use), pk=upload_id).update(
        expires_at=Greatest(Coalesce("expires_at", until), until)
    )
