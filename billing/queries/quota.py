"""What a person used of their present period and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from billing.enums import LIVE, QuotaLevel
from billing.models import CreditAccount, Hold, Plan, Subscription
from billing.models.plan import FREE
from billing.selling import is_selling, of_our_mode

FEW_JOBS = 5
"""A person is told when no more than so many jobs are left."""


@dataclass(frozen=True)
class Quota:
    """Credits and jobs of a period. `price`: credits of the job that the person started last, 0 if it was free."""

    credits_used: int
    credits_left: int
    jobs_used: int
    jobs_most: int
    price: int

    @property
    def jobs_left(self) -> int:
        """How many more jobs the plan allows in the period."""
        return max(0, self.jobs_most - self.jobs_used)

    @property
    def left(self) -> int:
        """How many more jobs at this price can be started in the period."""
        return min(self.jobs_left, self.credits_left // self.price) if self.price else self.jobs_left

    @property
    def level(self) -> QuotaLevel:
        """80 % counts for credits or jobs, whichever comes first. Credits that came meanwhile count as well."""
        if self.left == 0:
            return QuotaLevel.NONE_LEFT
        if self.left <= FEW_JOBS:
            return QuotaLevel.FEW_LEFT
        if _is_most(self.credits_used, self.credits_used + self.credits_left):
            return QuotaLevel.MOSTLY_USED
        return QuotaLevel.MOSTLY_USED if _is_most(self.jobs_used, self.jobs_most) else QuotaLevel.PLENTY


def _is_most(used: int, whole: int) -> bool:
    """Whether it is 80 % or more, in whole numbers."""
    return used > 0 and 5 * used >= 4 * whole


def quota_of(account: CreditAccount, price: int) -> Quota:
    """The quota of an account's present period. Load the account with its plan."""
    return Quota(
        credits_used=account.period_credits,
        credits_left=account.available,
        jobs_used=account.period_jobs,
        jobs_most=account.plan.jobs_per_period,
        price=price,
    )


@dataclass(frozen=True)
class QuotaNotice:
    """What a person is told of a period that is being used up, in mails and on pages; the facts of these mails.

    `left`: how many more pictures like the last one can be started; `jobs_left`: how many the plan allows.
    """

    plan: str
    left: int
    credits_left: int
    jobs_left: int
    jobs_most: int
    period_ends_at: datetime | None
    next_credits: int
    sells: bool


def notice_of(account: CreditAccount, quota: Quota) -> QuotaNotice:
    """One or two queries, about the plan of the next period. Load the account with its plan."""
    return QuotaNotice(
        plan=account.plan.title,
        left=quota.left,
        credits_left=quota.credits_left,
        jobs_left=quota.jobs_left,
        jobs_most=quota.jobs_most,
        period_ends_at=account.period_ends_at,
        next_credits=_next_credits(account),
        sells=is_selling(),
    )


def present_notice(account: CreditAccount) -> QuotaNotice | None:
    """What pages tell a person who was warned in this period, unless credits came since. Usually no query."""
    if not account.warned or not _is_present(account):
        return None
    held = Hold.objects.filter(account=account).order_by("-pk").values_list("amount", flat=True)
    quota = quota_of(account, price=held.first() or 0)
    return notice_of(account, quota) if quota.level is not QuotaLevel.PLENTY else None


def _is_present(account: CreditAccount) -> bool:
    return account.period_ends_at is not None and account.period_ends_at > timezone.now()


def _next_credits(account: CreditAccount) -> int:
    """What the next period brings, as far as it is known now: 0 if a payment would have to start it."""
    bought = of_our_mode(Subscription.objects.filter(customer__account=account, status__in=LIVE))
    latest = bought.select_related("next_plan").order_by("-period_ends_at").first()
    if latest is None:
        return 0 if account.period_is_paid else account.plan.credits
    return (latest.next_plan or (Plan.objects.get(slug=FREE) if latest.ends_at else account.plan)).credits
