from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from billing.enums import CLOSING, EntryKind, HoldState
from billing.models import Hold

_BALANCES = ("available", "reserved", "spent", "granted")


@dataclass(frozen=True)
class Drift:
    """One number that differs from the sum of entries or holds.

    `reference` names the hold, or is empty for a balance.

    `what` is one of:

    - a balance (`available`, `reserved`, `spent`, `granted`), compared with the entries
    - `reserved_by_holds`, `spent_by_holds`: a balance, compared with the holds
    - of one hold: `hold_entries` (must be 1), `hold_amount`, `closings` (0 while it is open, then 1),
      `closing_amount` in entries of the kind for its state, `foreign_entries` of other accounts (0)
    """

    account_id: int
    reference: str
    what: str
    expected: int
    found: int


def find_drift() -> list[Drift]:
    """Adds up all entries and holds and returns the differences. Reads only.

    Each of the two queries compares both sides in one statement, and so in one snapshot: concurrent movements
    of credits do not appear as drift.
    """
    return [*_drift_of_accounts(), *_drift_of_holds()]


# Sums each table once and then compares. With annotations on accounts, the database computed the sums of
# holds again for each entry: 600,000 entries exceeded the statement timeout.
_ACCOUNTS = """
WITH moved AS (
  SELECT account_id,
    SUM(CASE WHEN kind IN ('grant', 'adjust') THEN amount ELSE 0 END) AS came,
    SUM(CASE WHEN kind = 'hold' THEN amount ELSE 0 END) AS held,
    SUM(CASE WHEN kind = 'settle' THEN amount ELSE 0 END) AS settled,
    SUM(CASE WHEN kind = 'release' THEN amount ELSE 0 END) AS released
  FROM billing_ledgerentry GROUP BY account_id),
put_aside AS (
  SELECT account_id,
    SUM(CASE WHEN state = 'open' THEN amount ELSE 0 END) AS reserved,
    SUM(CASE WHEN state = 'settled' THEN amount ELSE 0 END) AS spent
  FROM billing_hold GROUP BY account_id),
due AS (
  SELECT a.id, a.available, a.reserved, a.spent, a.granted,
    COALESCE(m.came - m.held + m.released, 0) AS due_available,
    COALESCE(m.held - m.settled - m.released, 0) AS due_reserved,
    COALESCE(m.settled, 0) AS due_spent, COALESCE(m.came, 0) AS due_granted,
    COALESCE(p.reserved, 0) AS reserved_by_holds, COALESCE(p.spent, 0) AS spent_by_holds
  FROM billing_creditaccount a LEFT JOIN moved m ON m.account_id = a.id LEFT JOIN put_aside p ON p.account_id = a.id)
SELECT * FROM due
WHERE available <> due_available OR reserved <> due_reserved OR spent <> due_spent OR granted <> due_granted
  OR reserved <> reserved_by_holds OR spent <> spent_by_holds
ORDER BY id
"""


def _drift_of_accounts() -> Iterator[Drift]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS)
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for account in found:
        for name in _BALANCES:
            yield from _differing(account["id"], "", name, int(account[f"due_{name}"]), account[name])
        for name in ("reserved", "spent"):
            what = f"{name}_by_holds"
            yield from _differing(account["id"], "", what, int(account[what]), account[name])


def _total(*condition: Q) -> Coalesce:
    return Coalesce(Sum("entries__amount", filter=Q(*condition)), 0, output_field=BigIntegerField())


def _kind(*kinds: EntryKind) -> Q:
    return Q(entries__kind__in=kinds)


def _unless_open(due: Value | F) -> Case:
    """The expected value for closing entries: 0 while the hold is open, then `due`."""
    return Case(When(state=HoldState.OPEN, then=0), default=due, output_field=BigIntegerField())


def _summed_holds() -> QuerySet[Any]:
    closed_by = {HoldState.SETTLED: EntryKind.SETTLE, HoldState.RELEASED: EntryKind.RELEASE}
    right_kind = Q()
    for state, kind in closed_by.items():
        right_kind |= Q(state=state, entries__kind=kind)
    return Hold.objects.annotate(
        hold_entries=Count("entries", filter=_kind(EntryKind.HOLD)),
        hold_amount=_total(_kind(EntryKind.HOLD)),
        closings=Count("entries", filter=_kind(*CLOSING)),
        closing_amount=_total(right_kind),
        foreign_entries=Count("entries", filter=~Q(entries__account=F("account"))),
        due_closings=_unless_open(Value(1)),
        due_amount=_unless_open(F("amount")),
    )


def _drift_of_holds() -> Iterator[Drift]:
    agreeing = Q(
        hold_entries=1,
        hold_amount=F("amount"),
        closings=F("due_closings"),
        closing_amount=F("due_amount"),
        foreign_entries=0,
    )
    for hold in _summed_holds().exclude(agreeing).order_by("pk"):
        due = {
            "hold_entries": 1,
            "hold_amount": hold.amount,
            "closings": hold.due_closings,
            "closing_amount": hold.due_amount,
            "foreign_entries": 0,
        }
        for what, expected in due.items():
            yield from _differing(hold.account_id, hold.reference, what, expected, getattr(hold, what))


def _differing(account_id: int, reference: str, what: str, expected: int, found: int) -> Iterator[Drift]:
    if expected != found:
        yield Drift(account_id, reference, what, expected, found)
