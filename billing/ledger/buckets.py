"""What the buckets of an account have left. Call all of this under the lock of the account's row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Case, F, Min, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Least

from billing.models import CreditBucket, Draw, LedgerEntry
from creator.lib.returning import update_returning

AFTER_A_RELEASE = timedelta(days=3)
"""Credits that a job returns stay for so long, although their bucket would expire sooner."""
EXTENDED_AT_MOST = timedelta(days=14)
"""But no longer than this after the bucket's own expiry: jobs that are started and cancelled extend nothing forever."""
SOONEST_FIRST = (F("expires_at").asc(nulls_last=True), "pk")
"""The order in which buckets are used up."""


@dataclass(frozen=True)
class Part:
    """So many credits of one bucket."""

    bucket_id: int
    amount: int


def fill(entry: LedgerEntry, expires_at: datetime | None) -> None:
    """A bucket with the credits that came in with the entry."""
    CreditBucket.objects.create(
        account_id=entry.account_id,
        entry=entry,
        amount=entry.amount,
        left=entry.amount,
        expires_at=expires_at,
        extended_until=expires_at and expires_at + EXTENDED_AT_MOST,
    )


def take(account_id: int, amount: int) -> list[Part]:
    """Takes credits from the account's buckets, those that expire soonest first. So many must be available."""
    if not amount:
        return []
    return _take_from_the_first(account_id, amount) or _take_from_several(account_id, amount)


def take_from(bucket: CreditBucket, at_most: int) -> list[Part]:
    """Takes what one bucket has left, up to so many credits."""
    amount = min(bucket.left, at_most)
    if not amount:
        return []
    CreditBucket.objects.filter(pk=bucket.pk).update(left=F("left") - amount)
    return [Part(bucket.pk, amount)]


def enter_draws(entries: Iterable[LedgerEntry], parts: Sequence[Part]) -> None:
    """Draws for the entries, whose amounts together are those of the parts."""
    rest, draws = list(reversed(parts)), []
    for entry in entries:
        wanted = abs(entry.amount)
        while wanted:
            part = rest.pop()
            amount = min(wanted, part.amount)
            draws.append(Draw(entry=entry, bucket_id=part.bucket_id, amount=amount))
            wanted -= amount
            if part.amount > amount:
                rest.append(replace(part, amount=part.amount - amount))
    Draw.objects.bulk_create(draws)


def give_back(hold_id: int, now: datetime) -> None:
    """Returns what the hold took to its buckets, where it stays for `AFTER_A_RELEASE` at least."""
    drawn = Draw.objects.filter(entry__hold_id=hold_id)
    longer = Least(now + AFTER_A_RELEASE, F("extended_until"))
    CreditBucket.objects.filter(pk__in=drawn.values("bucket_id")).update(
        left=F("left") + Subquery(drawn.filter(bucket_id=OuterRef("pk")).values("amount")),
        expires_at=Case(When(expires_at__lt=longer, then=longer), default=F("expires_at")),
    )


def next_expiry_of(account_id: int) -> datetime | None:
    """When the first of the account's credits expire; None: never."""
    at: datetime | None = _with_credits(account_id).aggregate(at=Min("expires_at"))["at"]
    return at


def _take_from_the_first(account_id: int, amount: int) -> list[Part]:
    """For nearly every job the first bucket has enough: one statement. Else nothing is taken."""
    first = _with_credits(account_id).values("pk")[:1]
    enough = CreditBucket.objects.filter(pk=Subquery(first), left__gte=amount)
    taken = update_returning(enough, "id", left=F("left") - amount)
    return [Part(taken[0], amount)] if taken else []


def _take_from_several(account_id: int, amount: int) -> list[Part]:
    parts = []
    for bucket in _with_credits(account_id):
        if amount:
            parts += (part := take_from(bucket, amount))
            amount -= sum(each.amount for each in part)
    return parts


def _with_credits(account_id: int) -> QuerySet[CreditBucket]:
    return CreditBucket.objects.filter(account_id=account_id, left__gt=0).order_by(*SOONEST_FIRST)
