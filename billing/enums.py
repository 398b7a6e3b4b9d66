"""Enumerations of the ledger and of plans."""

from django.db.models import TextChoices


class EntryKind(TextChoices):
    """The kind of a ledger entry. `LedgerEntry` documents which balances each kind changes."""

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
"""A hold has at most one entry of these kinds."""

INCOMING = (EntryKind.GRANT, EntryKind.ADJUST)
"""Entries of these kinds come from outside, once per source, and have no hold."""


class Feature(TextChoices):
    """Optional features of a plan. The label stands in sentences."""

    DRIVE = "drive", "Google Drive"
    API_KEYS = "api_keys", "API keys"
    WEBHOOKS = "webhooks", "webhooks"
