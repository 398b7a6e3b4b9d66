"""The unused photos of a person: stored, of no open job, and no finished picture was made of them."""

from __future__ import annotations

import math
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Sum

from billing.plans import PlanLimits, way_to_more
from creator.lib.clock import read_database_now
from creator.lib.errors import Refused
from creator.lib.formatting import count, duration
from jobs.models import Upload

SOONEST_S = 60
"""Photos that have expired are deleted every 10 minutes; people are told to try again no sooner than this."""


def require_room(owner_id: UUID, limits: PlanLimits, size: int = 1) -> None:
    """Raises Refused `quota_exceeded` if one more unused photo of `size` bytes exceeds the plan's limits."""
    unused = Upload.objects.filter(owner_id=owner_id, is_used=False, expires_at__isnull=False)
    found = unused.aggregate(photos=Count("pk"), bytes=Sum("size", default=0), first=Min("expires_at"))
    if found["photos"] >= limits.unused_photos:
        keeps = f"keeps {count(limits.unused_photos, 'unused photo')}"
        raise _refusal("unused_photos", keeps, limits, found["first"])
    if found["bytes"] + size > limits.unused_bytes:
        keeps = f"keeps {limits.unused_mib:,} MB of unused photos"
        raise _refusal("unused_mib", keeps, limits, found["first"])


def _refusal(column: str, keeps: str, limits: PlanLimits, first: datetime | None) -> Refused:
    """`first`: when the first of the unused photos expires; None if there is none."""
    way, facts = way_to_more(column, limits)
    if first is None:
        message = f"The {limits.title} plan {keeps}. Send a smaller photo. {way}"
        return Refused("quota_exceeded", message, facts=facts)
    wait_s = max(SOONEST_S, math.ceil((first - read_database_now()).total_seconds()))
    return Refused(
        "quota_exceeded",
        f"The {limits.title} plan {keeps}, and that room is taken. Make pictures of some of them, or add this photo "
        f"in {duration(wait_s)}, when the first of them is deleted. {way}",
        facts=facts,
        headers={"Retry-After": str(wait_s)},
    )
