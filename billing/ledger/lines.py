from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from billing.enums import EntryKind, LineKind
from billing.models import LedgerEntry

_KINDS = {
    EntryKind.HOLD: LineKind.HELD,
    EntryKind.SETTLE: LineKind.CHARGED,
    EntryKind.RELEASE: LineKind.RETURNED,
}


@dataclass(frozen=True)
class Line:
    """What happened to the credits of one job: what, to how many credits, and when."""

    kind: LineKind
    amount: int
    at: datetime


def lines_of(references: Collection[str]) -> dict[str, list[Line]]:
    """The lines of each reference, oldest first; none for a reference without a hold. One query."""
    found: dict[str, list[Line]] = {reference: [] for reference in references}
    entries = LedgerEntry.objects.filter(hold__reference__in=references).order_by("pk")
    for reference, kind, amount, at in entries.values_list("hold__reference", "kind", "amount", "at"):
        found[reference].append(Line(_KINDS[EntryKind(kind)], amount, at))
    return found
