from __future__ import annotations

from datetime import datetime

from billing.enums import EntryKind
from billing.ledger.buckets import enter_draws, next_expiry_of, take_from
from billing.ledger.incoming import save_account
from billing.models import CreditAccount, LedgerEntry


def expire_due(account: CreditAccount, now: datetime) -> None:
    """Moves what is left in buckets that have expired from available to expired, of a locked account, and stores it."""
    if account.next_expiry_at is None or account.next_expiry_at > now:
        return
    for bucket in account.buckets.filter(left__gt=0, expires_at__lte=now).order_by("expires_at", "pk"):
        entry = LedgerEntry.objects.create(account=account, kind=EntryKind.EXPIRE, amount=bucket.left)
        enter_draws([entry], take_from(bucket, bucket.left))
        account.available -= bucket.left
        account.expired += bucket.left
    account.next_expiry_at = next_expiry_of(account.pk)
    save_account(account)
