from __future__ import annotations

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from billing.enums import INCOMING, EntryKind
from billing.models import CreditAccount, LedgerEntry


def require_transaction() -> None:
    """Raises TransactionManagementError outside a transaction."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The ledger can only be changed inside a transaction.")


def is_brought_in(source: str, source_id: str) -> bool:
    """Whether these credits of this source are already entered."""
    return LedgerEntry.objects.filter(kind__in=INCOMING, source=source, source_id=source_id).exists()


def bring_in(
    *, account_id: int, kind: EntryKind, amount: int, source: str, source_id: str, reason: str
) -> bool:
    """Adds credits from outside. False if they are already entered: the entry's unique constraint decides."""
    try:
        with transaction.atomic():
            LedgerEntry.objects.create(
                account_id=account_id,
                kind=kind,
                amount=amount,
                source=source,
                source_id=source_id,
                reason=reason,
            )
    except IntegrityError:
        if not is_brought_in(source, source_id):
            raise
        return False
    CreditAccount.objects.filter(pk=account_id).update(
        available=F("available") + amount, granted=F("granted") + amount
    )
    return True
