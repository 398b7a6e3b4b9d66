from __future__ import annotations

from uuid import UUID

from billing.enums import EntryKind
from billing.ledger.credit_accounts import credit_account_of
from billing.ledger.incoming import bring_in, is_brought_in, require_transaction
from billing.models import CreditAccount
from creator.lib.errors import Refused
from creator.lib.formatting import count


def grant(*, owner_id: UUID, amount: int, source: str, source_id: str, reason: str) -> bool:
    """Grants credits once per (source, source_id), however often it is called.

    False if they were already granted.

    Raises ValueError for a negative amount.
    """
    require_transaction()
    if amount < 0:
        raise ValueError("A grant cannot be negative; use an adjustment.")
    return bring_in(
        account_id=credit_account_of(owner_id).pk,
        kind=EntryKind.GRANT,
        amount=amount,
        source=source,
        source_id=source_id,
        reason=reason,
    )


def adjust(*, owner_id: UUID, amount: int, source: str, source_id: str, reason: str) -> bool:
    """Adds or takes credits by hand, once per (source, source_id). False if it was already done.

    Raises Refused `insufficient_credits` if it would take more than is available, ValueError without a
    reason.
    """
    require_transaction()
    if not reason.strip():
        raise ValueError("An adjustment needs a reason.")
    account = CreditAccount.objects.select_for_update().get(pk=credit_account_of(owner_id).pk)
    if is_brought_in(source, source_id):
        return False
    if account.available + amount < 0:
        raise Refused(
            "insufficient_credits",
            f"There are only {count(account.available, 'credit')} to take.",
            facts={"available": account.available, "needed": -amount},
        )
    return bring_in(
        account_id=account.pk,
        kind=EntryKind.ADJUST,
        amount=amount,
        source=source,
        source_id=source_id,
        reason=reason,
    )
