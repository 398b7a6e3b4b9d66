from __future__ import annotations

from uuid import UUID

from billing.enums import EntryKind
from billing.ledger.accounts import account_of
from billing.ledger.incoming import bring_in, is_brought_in, require_transaction
from billing.models import Account
from creator.lib.errors import Refused
from creator.lib.words import count


def grant(*, owner_id: UUID, amount: int, source: str, source_id: str, reason: str) -> bool:
    """Gives credits, once for each (source, source_id) whoever asks how often. False if they were given already.

    Raises ValueError for a negative amount.
    """
    require_transaction()
    if amount < 0:
        raise ValueError("A grant gives; taking away is an adjustment.")
    return bring_in(
        account_id=account_of(owner_id).pk,
        kind=EntryKind.GRANT,
        amount=amount,
        source=source,
        source_id=source_id,
        reason=reason,
    )


def adjust(*, owner_id: UUID, amount: int, source: str, source_id: str, reason: str) -> bool:
    """Corrects by hand, up or down, once for each (source, source_id). False if it was done already.

    Raises Refused `insufficient_credits` rather than take more than is available, ValueError without a reason.
    """
    require_transaction()
    if not reason.strip():
        raise ValueError("An adjustment needs a reason.")
    account = Account.objects.select_for_update().get(pk=account_of(owner_id).pk)
    if is_brought_in(source, source_id):
        return False
    if account.available + amount < 0:
        raise Refused(
            "insufficient_credits",
            f"There are only {count(account.available, 'credit')} to take.",
            {"available": account.available, "needed": -amount},
        )
    return bring_in(
        account_id=account.pk,
        kind=EntryKind.ADJUST,
        amount=amount,
        source=source,
        source_id=source_id,
        reason=reason,
    )
