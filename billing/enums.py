"""The words of the ledger."""

from django.db.models import TextChoices


class EntryKind(TextChoices):
    """What a line of the ledger did; `LedgerEntry` says which balance each one moves credits from and to."""

    GRANT = "grant"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    ADJUST = "adjust"


class HoldState(TextChoices):
    OPEN = "open"
    SETTLED = "settled"
    RELEASED = "released"


CLOSING = (EntryKind.SETTLE, EntryKind.RELEASE)
"""A hold has at most one entry of these."""

INCOMING = (EntryKind.GRANT, EntryKind.ADJUST)
"""These come from outside, each once per source, and stand for themselves: they have no hold."""


class Feature(TextChoices):
    """What a plan may include beside its numbers."""

    DRIVE = "drive"
    API_KEYS = "api_keys"
    WEBHOOKS = "webhooks"
