from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from billing.enums import CLOSING, INCOMING, EntryKind, HoldState
from billing.models import Account, Hold

_BALANCES = ("available", "reserved", "spent", "granted")


@dataclass(frozen=True)
class Drift:
    """One number that is not what the entries and holds say. `reference` is empty where it is a balance of the account.

    `what`: a balance (`available`, `reserved`, `spent`, `granted`) against the entries; `reserved_by_holds` and
    `spent_by_holds` against the holds; of one hold `hold_entries` (one), `hold_amount`, `closings` (none while it is
    open, then one), `closing_amount` of the kind that its state names, and `foreign_entries` of another account (none).
    """

    account_id: int
    reference: str
    what: str
    expected: int
    found: int


def audit() -> list[Drift]:
    """Adds everything up again and returns what differs; empty is as it should be. Reads only.

    Each of its two queries compares both sides within one statement, hence in one snapshot: credits that move meanwhile
    are never taken for drift.
    """
    return [*_drift_of_accounts(), *_drift_of_holds()]


def _total(*condition: Q, of: str = "entries__") -> Coalesce:
    return Coalesce(Sum(f"{of}amount", filter=Q(*condition)), 0, output_field=BigIntegerField())


def _kind(*kinds: EntryKind) -> Q:
    return Q(entries__kind__in=kinds)


def _in_holds(state: HoldState) -> Coalesce:
    """Credits in the account's holds of this state; a subquery, since joined to entries they would be counted often."""
    of_account = Hold.objects.filter(account=OuterRef("pk"), state=state).order_by().values("account")
    return Coalesce(Subquery(of_account.annotate(total=Sum("amount")).values("total")), 0)


def _drift_of_accounts() -> Iterator[Drift]:
    sums = Account.objects.annotate(
        came=_total(_kind(*INCOMING)),
        held=_total(_kind(EntryKind.HOLD)),
        settled=_total(_kind(EntryKind.SETTLE)),
        released=_total(_kind(EntryKind.RELEASE)),
        reserved_by_holds=_in_holds(HoldState.OPEN),
        spent_by_holds=_in_holds(HoldState.SETTLED),
    ).annotate(
        due_available=F("came") - F("held") + F("released"),
        due_reserved=F("held") - F("settled") - F("released"),
        due_spent=F("settled"),
        due_granted=F("came"),
    )
    agreeing = Q(**{name: F(f"due_{name}") for name in _BALANCES}) & Q(
        reserved=F("reserved_by_holds"), spent=F("spent_by_holds")
    )
    for account in sums.exclude(agreeing).order_by("pk"):
        for name in _BALANCES:
            yield from _differing(
                account.pk, "", name, getattr(account, f"due_{name}"), getattr(account, name)
            )
        for name in ("reserved", "spent"):
            what = f"{name}_by_holds"
            yield from _differing(account.pk, "", what, getattr(account, what), getattr(account, name))


def _unless_open(due: Value | F) -> Case:
    """What entries of a closing must come to: nothing while the hold is open."""
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
