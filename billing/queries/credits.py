"""What people have left of their credits."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from billing.models import CreditAccount


def available_of(owner_ids: Collection[UUID]) -> dict[UUID, int]:
    """What each of these people can spend; a person without an account is left out. One query."""
    accounts = CreditAccount.objects.filter(owner_id__in=owner_ids)
    return {owner_id: left for owner_id, left in accounts.values_list("owner_id", "available") if owner_id}
