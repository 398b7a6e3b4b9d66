from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction

from billing.enums import FROM_A_SOURCE, EntryKind
from billing.ledger.buckets import enter_draws, fill, take
from billing.models import CreditAccount, LedgerEntry


def require_transaction() -> None:
    """Raises TransactionManagementError outside a transaction."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The ledger can only be changed inside a transaction.")


def lock_account(account_id: int) -> CreditAccount:
    """The account as it is, and as it stays for others until the transaction ends.

    Functions that take a locked account change its numbers; `save_account` stores them.
    """
    require_transaction()
    return CreditAccount.objects.select_for_update(no_key=True).get(pk=account_id)


def save_account(account: CreditAccount) -> None:
    """Stores what the ledger changed of a locked account."""
    account.save(
        update_fields=[
            *("available", "reserved", "spent", "expired", "granted", "debt", "next_expiry_at"),
            *(
                "period_number",
                "period_starts_at",
                "period_ends_at",
                "period_is_paid",
                "period_jobs",
                "period_credits",
            ),
            "warned",
        ]
    )


def is_entered(source: str, source_id: str) -> bool:
    """Whether these credits of this source are already entered."""
    return LedgerEntry.objects.filter(kind__in=FROM_A_SOURCE, source=source, source_id=source_id).exists()


def enter_once(
    account: CreditAccount, kind: EntryKind, amount: int, *, source: str, source_id: str, reason: str
) -> LedgerEntry | None:
    """The new entry, or None if it is already entered: its unique constraint decides."""
    try:
        with transaction.atomic():
            return LedgerEntry.objects.create(
                account=account, kind=kind, amount=amount, source=source, source_id=source_id, reason=reason
            )
    except IntegrityError:
        if not is_entered(source, source_id):
            raise
        return None


def bring_in(
    account: CreditAccount,
    kind: EntryKind,
    amount: int,
    *,
    source: str,
    source_id: str,
    reason: str,
    expires_at: datetime | None = None,
) -> bool:
    """Adds credits from outside to a locked account; they repay its debt first. False if already entered."""
    entry = enter_once(account, kind, amount, source=source, source_id=source_id, reason=reason)
    if entry is None:
        return False
    if amount:
        fill(entry, expires_at)
        account.available += amount
        account.granted += amount
        account.next_expiry_at = _earlier(account.next_expiry_at, expires_at)
        repay_debt(account)
    return True


def repay_debt(account: CreditAccount) -> None:
    """Uses what is available of a locked account to lower its debt."""
    if amount := min(account.debt, account.available):
        entry = LedgerEntry.objects.create(account=account, kind=EntryKind.REPAY, amount=amount)
        enter_draws([entry], take(account.pk, amount))
        account.available -= amount
        account.granted -= amount
        account.debt -= amount


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other
