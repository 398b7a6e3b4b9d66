"""Credits whose payment was returned: what is unspent goes, what was spent is owed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from billing.enums import EntryKind
from billing.ledger.buckets import AFTER_A_RELEASE, enter_draws, take, take_from
from billing.ledger.expiry import expire_due
from billing.ledger.incoming import bring_in, enter_once, lock_account, save_account
from billing.models import CreditBucket, Draw, LedgerEntry


def take_back(
    *,
    account_id: int,
    amount: int,
    source: str,
    source_id: str,
    from_source: str,
    from_source_id: str,
    reason: str,
) -> bool:
    """Takes back credits that (from_source, from_source_id) granted, once per (source, source_id).

    First what is left of them, then what else is available; what is missing then becomes debt. Credits of them that
    have expired are not owed, since no job used them. All take-backs together take no more than was granted. False if
    it was already done, or if nothing was granted.

    Raises ValueError for a negative amount.
    """
    if amount < 0:
        raise ValueError("A take-back cannot be negative.")
    account = lock_account(account_id)
    expire_due(account, timezone.now())
    bucket = account.buckets.filter(entry__source=from_source, entry__source_id=from_source_id).first()
    if bucket is None:
        return False
    asked = min(amount, bucket.amount - bucket.taken_back)
    own = min(asked, bucket.left)
    owed = asked - own - min(asked - own, _expired_and_not_owed(bucket))
    others = min(owed, account.available - own)
    named = {"source": source, "source_id": source_id, "reason": reason}
    entry = enter_once(account, EntryKind.TAKE_BACK, own + others, **named)
    if entry is None:
        return False
    CreditBucket.objects.filter(pk=bucket.pk).update(taken_back=F("taken_back") + asked)
    enter_draws([entry], [*take_from(bucket, own), *take(account.pk, others)])
    account.available -= entry.amount
    account.granted -= entry.amount
    if debt := owed - others:
        LedgerEntry.objects.create(account=account, kind=EntryKind.DEBT, amount=debt, **named)
        account.debt += debt
    save_account(account)
    return True


def give_back(
    *,
    account_id: int,
    source: str,
    source_id: str,
    from_source: str,
    from_source_id: str,
    granted_by: tuple[str, str],
    reason: str,
) -> bool:
    """Grants again what the take-back (from_source, from_source_id) took, once per (source, source_id).

    It expires when the last of it would have, but not within some days, and repays the debt first. `granted_by`: source
    and id of the grant from which it was taken: its payment may be returned once more. False if it was already done,
    or if nothing was taken back.
    """
    account = lock_account(account_id)
    taken = LedgerEntry.objects.filter(
        account=account,
        kind__in=(EntryKind.TAKE_BACK, EntryKind.DEBT),
        source=from_source,
        source_id=from_source_id,
    )
    amount = taken.aggregate(sum=Sum("amount"))["sum"]
    if not amount:
        return False
    given = bring_in(
        account,
        EntryKind.GRANT,
        amount,
        source=source,
        source_id=source_id,
        reason=reason,
        expires_at=_last_expiry(taken),
    )
    if given:
        grant_source, grant_id = granted_by
        bucket = account.buckets.filter(entry__source=grant_source, entry__source_id=grant_id)
        bucket.update(taken_back=F("taken_back") - amount)
        save_account(account)
    return given


def _last_expiry(taken: QuerySet[LedgerEntry]) -> datetime | None:
    """Of the buckets that the take-back drew from; None: never."""
    expiries = CreditBucket.objects.filter(draws__entry__in=taken).values_list("expires_at", flat=True)
    known = [at for at in expiries if at]
    return max(*known, timezone.now() + AFTER_A_RELEASE) if known and len(known) == len(expiries) else None


def _expired_and_not_owed(bucket: CreditBucket) -> int:
    """Credits of the bucket that expired, less those for which earlier take-backs already took nothing."""
    drawn = Draw.objects.filter(bucket=bucket, entry__account=bucket.account_id).values("entry__kind")
    by_kind: dict[str, int] = dict(drawn.annotate(sum=Sum("amount")).values_list("entry__kind", "sum"))
    expired = by_kind.get(EntryKind.EXPIRE, 0)
    settled = max(0, bucket.taken_back - by_kind.get(EntryKind.TAKE_BACK, 0))
    return expired - min(expired, settled)
