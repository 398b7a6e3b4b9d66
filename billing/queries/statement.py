"""The statement of an account: what came in and went out of its available credits, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, QuerySet, Sum, When

from billing.enums import EntryKind, HoldState
from billing.models import CreditAccount, LedgerEntry
from billing.usage import titles_of

PAGE_SIZE = 30
_SHOWN = (
    EntryKind.GRANT,
    EntryKind.ADJUST,
    EntryKind.HOLD,
    EntryKind.RELEASE,
    EntryKind.EXPIRE,
    EntryKind.TAKE_BACK,
    EntryKind.REPAY,
)
"""The kinds that change what is available. Settling only moves held credits, and owed credits are not available ones."""
_OUT = (EntryKind.HOLD, EntryKind.EXPIRE, EntryKind.TAKE_BACK, EntryKind.REPAY)
_SUM = Sum(Case(When(kind__in=_OUT, then=-F("amount")), default=F("amount")))
_WORDS: Mapping[str, str] = {
    EntryKind.GRANT: "Credits came in",
    EntryKind.ADJUST: "Adjusted by staff",
    EntryKind.RELEASE: "Returned",
    EntryKind.EXPIRE: "Expired",
    EntryKind.TAKE_BACK: "Taken back",
    EntryKind.REPAY: "Paid back what was owed",
}
_STATES: Mapping[str, str] = {
    HoldState.OPEN: "Reserved",
    HoldState.SETTLED: "Charged",
    HoldState.RELEASED: "Returned later",
}


@dataclass(frozen=True)
class StatementLine:
    """`amount`: credits that came in, or went out (negative). `balance`: what was available afterwards."""

    at: datetime
    title: str
    note: str
    amount: int
    balance: int

    @property
    def change(self) -> str:
        """The amount with its sign."""
        return f"{'−' if self.amount < 0 else '+'}{abs(self.amount):,}"


def statement_of(account: CreditAccount, number: str | None) -> tuple[Page[LedgerEntry], list[StatementLine]]:
    """Page `number` of the statement, newest first; its amounts lead from one balance to the next.

    Four queries, three on the first page.
    """
    entries = LedgerEntry.objects.filter(account=account, kind__in=_SHOWN).order_by("-pk")
    shown = Paginator(entries.select_related("hold"), PAGE_SIZE).get_page(number)
    balance = account.available - _sum(entries, first=shown.start_index() - 1)
    titles = titles_of({entry.hold.label for entry in shown if entry.hold})
    lines = []
    for entry in shown:
        lines.append(_line(entry, balance, titles))
        balance -= _effect(entry)
    return shown, lines


def _sum(entries: QuerySet[LedgerEntry], first: int) -> int:
    """What the `first` newest entries together changed."""
    if first <= 0:
        return 0
    newest = LedgerEntry.objects.filter(pk__in=entries.values("pk")[:first])
    total: int = newest.aggregate(total=_SUM)["total"]
    return total


def _effect(entry: LedgerEntry) -> int:
    return -entry.amount if entry.kind in _OUT else entry.amount


def _line(entry: LedgerEntry, balance: int, titles: Mapping[str, str]) -> StatementLine:
    title, note = _WORDS.get(entry.kind, ""), ""
    if entry.hold:
        picture = titles[entry.hold.label]
        title, note = (picture, _STATES[entry.hold.state]) if not title else (f"{title}: {picture}", "")
    elif entry.reason:
        title, note = entry.reason, "" if entry.kind == EntryKind.GRANT else title
    return StatementLine(entry.at, title, note, _effect(entry), balance)
