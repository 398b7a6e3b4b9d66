from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Literal
from uuid import UUID

from django.db.models import F

from billing.enums import EntryKind, HoldState
from billing.ledger.credit_accounts import credit_account_id
from billing.ledger.incoming import require_transaction
from billing.models import CreditAccount, Hold, LedgerEntry
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.lib.returning import update_returning


def hold_credits(*, owner_id: UUID, amounts: Mapping[str, int], label: str) -> None:
    """Makes a hold for each reference → amount (0 if free): all of them or none.

    Raises Refused `insufficient_credits` with `available` and `needed`, ValueError for a negative amount, and
    IntegrityError if a reference already has an open hold.
    """
    require_transaction()
    if any(amount < 0 for amount in amounts.values()):
        raise ValueError("A hold cannot be negative.")
    account_id = _reserve(owner_id, list(amounts.values()))
    holds = Hold.objects.bulk_create(
        Hold(reference=reference, account_id=account_id, amount=amount, label=label)
        for reference, amount in amounts.items()
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(account_id=account_id, kind=EntryKind.HOLD, amount=hold.amount, hold=hold)
        for hold in holds
    )


def settle(reference: str) -> bool:
    """Spends the credits of the reference's open hold. Does nothing and returns False if there is none."""
    return _close(reference, HoldState.SETTLED, EntryKind.SETTLE, "spent")


def release(reference: str) -> bool:
    """Makes the credits of the reference's open hold available again.

    Does nothing and returns False if there is none.
    """
    return _close(reference, HoldState.RELEASED, EntryKind.RELEASE, "available")


def _reserve(owner_id: UUID, amounts: Sequence[int]) -> int:
    """Moves the credits and returns the account's key.

    One guarded UPDATE decides; the rest builds the refusal.
    """
    account_id, total = credit_account_id(owner_id), sum(amounts)
    if not _move_if_there(account_id, total):
        # Lock the row and try again, so that the refusal names the balance that decided: credits may have
        # been released since.
        account = CreditAccount.objects.select_for_update().get(pk=account_id)
        if not _move_if_there(account_id, total):
            raise _insufficient(account.available, amounts)
    return account_id


def _move_if_there(account_id: int, total: int) -> bool:
    enough = CreditAccount.objects.filter(pk=account_id, available__gte=total)
    return bool(enough.update(available=F("available") - total, reserved=F("reserved") + total))


def _insufficient(available: int, amounts: Sequence[int]) -> Refused:
    needed = sum(amounts)
    affordable = sum(so_far <= available for so_far in accumulate(amounts))
    fewer = (
        f"Make only {affordable:,} of these {count(len(amounts), 'picture')}, or ask" if affordable else "Ask"
    )
    return Refused(
        "insufficient_credits",
        f"This needs {count(needed, 'credit')} and you have {available:,}. "
        f"{fewer} the people who run this site for more credits.",
        facts={"available": available, "needed": needed},
    )


def _close(reference: str, state: HoldState, kind: EntryKind, balance: Literal["spent", "available"]) -> bool:
    """Closes a hold in only three statements, since every ended job needs this.

    The guarded UPDATE lets one caller close it.
    """
    require_transaction()
    still_open = Hold.objects.filter(reference=reference, state=HoldState.OPEN)
    columns = ("id", "account_id", "amount")
    closed = update_returning(still_open, *columns, state=state, closed_at=database_now())
    if closed is None:
        return False
    hold_id, account_id, amount = closed
    CreditAccount.objects.filter(pk=account_id).update(
        **{"reserved": F("reserved") - amount, balance: F(balance) + amount}
    )
    LedgerEntry.objects.create(account_id=account_id, kind=kind, amount=amount, hold_id=hold_id)
    return True
