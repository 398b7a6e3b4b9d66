from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from billing.enums import EntryKind
from billing.ledger.buckets import enter_draws, take
from billing.ledger.credit_accounts import credit_account_id
from billing.ledger.expiry import expire_due
from billing.ledger.incoming import bring_in, enter_once, is_entered, lock_account, save_account
from billing.models import CreditAccount
from creator.lib.errors import Refused
from creator.lib.formatting import count


def grant(
    *,
    amount: int,
    source: str,
    source_id: str,
    reason: str,
    owner_id: UUID | None = None,
    account_id: int | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Grants credits to an owner or an account once per (source, source_id), however often it is called.

    They repay the account's debt first. False if they were already granted.

    Raises ValueError for a negative amount.
    """
    if amount < 0:
        raise ValueError("A grant cannot be negative; use an adjustment.")
    account = _lock(owner_id, account_id)
    is_new = bring_in(
        account,
        EntryKind.GRANT,
        amount,
        source=source,
        source_id=source_id,
        reason=reason,
        expires_at=expires_at,
    )
    if is_new:
        save_account(account)
    return is_new


def adjust(*, owner_id: UUID, amount: int, source: str, source_id: str, reason: str) -> bool:
    """Adds or takes credits by hand, once per (source, source_id). False if it was already done.

    What is added never expires; what is taken would have expired soonest. Raises Refused `insufficient_credits` if
    it would take more than is available, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("An adjustment needs a reason.")
    account = _lock(owner_id, None)
    if is_entered(source, source_id):
        return False
    change = _take_away if amount < 0 else bring_in
    is_new = change(account, EntryKind.ADJUST, amount, source=source, source_id=source_id, reason=reason)
    save_account(account)
    return is_new


def _lock(owner_id: UUID | None, account_id: int | None) -> CreditAccount:
    if owner_id:
        return lock_account(credit_account_id(owner_id))
    if account_id:
        return lock_account(account_id)
    raise ValueError("A grant needs an owner or an account.")


def _take_away(
    account: CreditAccount, kind: EntryKind, amount: int, *, source: str, source_id: str, reason: str
) -> bool:
    expire_due(account, timezone.now())
    if account.available + amount < 0:
        raise Refused(
            "insufficient_credits",
            f"There are only {count(account.available, 'credit')} to take.",
            facts={"available": account.available, "needed": -amount},
        )
    entry = enter_once(account, kind, amount, source=source, source_id=source_id, reason=reason)
    if entry is None:
        return False
    enter_draws([entry], take(account.pk, -amount))
    account.available += amount
    account.granted += amount
    return True
