"""What a person allows themselves and their API keys to spend in a period, and how much of it is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.api_keys import working_keys
from accounts.models import ApiKey, User
from billing.ledger import credit_account_of, used_by_keys
from billing.models import KeyCap


@dataclass(frozen=True)
class KeyUse:
    """An API key that works: its cap (credits in a period, None: no cap), and what its jobs used of it."""

    key: ApiKey
    cap: int | None
    used: int


@dataclass(frozen=True)
class Caps:
    """`own` caps everything that the person starts, with or without a key. `resets_at`: None before the first period."""

    own: int | None
    used: int
    resets_at: datetime | None
    keys: list[KeyUse]


def caps_of(owner: User) -> Caps:
    """The caps of a person and of their working keys, newest first. Four queries."""
    account = credit_account_of(owner.pk)
    is_over = account.period_ends_at is None or account.period_ends_at <= timezone.now()
    keys = list(working_keys().filter(owner=owner).order_by("-created_at"))
    caps = dict(KeyCap.objects.filter(key__in=keys).values_list("key_id", "credits"))
    used = {} if is_over else used_by_keys(account, [key.pk for key in keys])
    return Caps(
        own=account.spend_cap,
        used=0 if is_over else account.period_credits,
        resets_at=None if is_over else account.period_ends_at,
        keys=[KeyUse(key, caps.get(key.pk), used.get(key.pk, 0)) for key in keys],
    )
