"""What a person has left of their credits, and what they used in the present period."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from billing.models import CreditAccount, CreditBucket
from billing.plans import PlanLimits, limits_of_plan
from billing.queries.prices import PicturePrice, example_price


@dataclass(frozen=True)
class Expiry:
    """So many credits that expire on the same day, in the active time zone; `at`: the first of them. None: never."""

    left: int
    at: datetime | None


@dataclass(frozen=True)
class Credits:
    """Credits of an account that is up to date. `buckets`: what is left of each, those that expire soonest first."""

    account: CreditAccount
    limits: PlanLimits
    buckets: list[CreditBucket]

    @property
    def available(self) -> int:
        return self.account.available

    @property
    def by_expiry(self) -> list[Expiry]:
        """What is left, in the order of use: buckets that expire on the same day are one."""
        days = [list(same) for _, same in groupby(self.buckets, key=_day_of)]
        return [Expiry(sum(each.left for each in same), same[0].expires_at) for same in days]

    @property
    def used(self) -> int:
        """Spent on pictures of this period, or reserved for them."""
        return self.account.period_credits

    @property
    def total(self) -> int:
        """What was there to use in this period."""
        return self.used + self.available

    @property
    def resets_at(self) -> datetime | None:
        """When the next period begins. None: there is none yet."""
        return self.account.period_ends_at

    @property
    def jobs_left(self) -> int:
        return max(0, self.limits.jobs_per_period - self.account.period_jobs)

    def enough_for(self, prices: Iterable[PicturePrice]) -> str:
        """What can still be made in this period, such as "128 Cinematic photos"; empty if it is nothing."""
        price = example_price(prices)
        number = price.affordable(self.available, self.jobs_left) if price else 0
        return price.counted(number) if price and number else ""


def _day_of(bucket: CreditBucket) -> date | None:
    return bucket.expires_at and timezone.localdate(bucket.expires_at)


def credits_of(account: CreditAccount) -> Credits:
    """What the account has left. Bring it up to date before; load it with its plan. One query."""
    left = CreditBucket.objects.filter(account=account, left__gt=0)
    soonest_first = left.order_by(F("expires_at").asc(nulls_last=True), "pk")
    return Credits(account, limits_of_plan(account.plan), list(soonest_first))


def available_of(owner_ids: Collection[UUID]) -> dict[UUID, int]:
    """What each of these people can spend; a person without an account is left out. One query."""
    accounts = CreditAccount.objects.filter(owner_id__in=owner_ids)
    return {owner_id: left for owner_id, left in accounts.values_list("owner_id", "available") if owner_id}
