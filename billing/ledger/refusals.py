"""Why credits are not held: sentences with the numbers that decided, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import cast

from billing.models import CreditAccount, KeyCap, Plan
from billing.selling import NO_LARGER_PLAN, Facts, ask_for, is_selling, name_plan
from creator.lib.errors import Refused
from creator.lib.formatting import count, moment


@dataclass(frozen=True)
class Wanted:
    """The credits of each job that is asked for."""

    amounts: Sequence[int]

    @property
    def jobs(self) -> int:
        return len(self.amounts)

    @property
    def credits(self) -> int:
        return sum(self.amounts)

    def is_beyond(self, cap: int, used: int) -> bool:
        """Whether the jobs go beyond a cap of which so much is used. Free ones never do."""
        return self.credits > 0 and used + self.credits > cap

    def affordable(self, credits: int) -> int:
        """How many of the jobs, from the first on, cost no more than so many credits."""
        return sum(so_far <= credits for so_far in accumulate(self.amounts))


def refusal_of(account: CreditAccount, wanted: Wanted, now: datetime) -> Refused:
    """The first reason why the account cannot hold the credits. The account is locked and up to date."""
    if account.blocked_from and account.blocked_from <= now:
        return _blocked(account, account.blocked_from)
    if account.debt:
        return _in_debt(account)
    if account.period_jobs + wanted.jobs > account.plan.jobs_per_period:
        return _quota_exceeded(account, wanted)
    if account.spend_cap is not None and wanted.is_beyond(account.spend_cap, account.period_credits):
        return _beyond_cap("You allow yourself", account.spend_cap, account.period_credits, account, wanted)
    return _insufficient(account, wanted)


def beyond_key_cap(cap: KeyCap, used: int, account: CreditAccount, wanted: Wanted) -> Refused:
    """The refusal of an API key whose cap is too low for these jobs."""
    refused = _beyond_cap(f"You allow the API key {cap.key.name}", cap.credits, used, account, wanted)
    refused.message += " The key itself cannot raise it."
    return refused


def _blocked(account: CreditAccount, since: datetime) -> Refused:
    return Refused(
        "payment_due",
        f"A payment for the {account.plan.title} plan failed, so no new jobs start. Pay the open invoice on the billing "
        "page, or change the card there: jobs start again as soon as it is paid.",
        facts={"blocked_from": since.isoformat()},
    )


def _in_debt(account: CreditAccount) -> Refused:
    more, facts = _more_credits(account)
    return Refused(
        "payment_due",
        f"You owe {count(account.debt, 'credit')}: they were spent, and their payment was returned afterwards. "
        f"New jobs start when they are paid back, and new credits do that first. {more}",
        facts={"debt": account.debt, **facts},
    )


def _quota_exceeded(account: CreditAccount, wanted: Wanted) -> Refused:
    most, used = account.plan.jobs_per_period, account.period_jobs
    resets_on = moment(_end_of_period(account), "day")
    left = max(0, most - used)
    part = f"Start {left:,} of these {wanted.jobs:,} now, and more" if left else "Start more"
    larger, facts = _plan_of_more_jobs(most)
    return Refused(
        "quota_exceeded",
        f"The {account.plan.title} plan starts {count(most, 'job')} in a month, and you have started {used:,}. "
        f"{part} from {resets_on} on. {larger}",
        facts={"limit": most, "used": used, "resets_at": _end_of_period(account).isoformat(), **facts},
    )


def _plan_of_more_jobs(most: int) -> tuple[str, Facts]:
    """As `billing.plans.way_to_more`, which knows the ledger: the smallest offered plan that starts more in a month."""
    if not is_selling():
        return ask_for("a larger plan")
    larger = Plan.objects.filter(is_offered=True, jobs_per_period__gt=most).order_by(
        "price_cents", "position"
    )
    if plan := larger.first():
        return name_plan(plan.title, f"{plan.jobs_per_period:,}")
    return NO_LARGER_PLAN, {}


def _beyond_cap(who: str, cap: int, used: int, account: CreditAccount, wanted: Wanted) -> Refused:
    ends_on = moment(_end_of_period(account), "day")
    affordable = wanted.affordable(cap - used)
    fewer = (
        f"Make only {affordable:,} of these {count(wanted.jobs, 'picture')}, raise" if affordable else "Raise"
    )
    return Refused(
        "spend_cap",
        f"{who} {count(cap, 'credit')} until {ends_on}. {used:,} are used, and this needs {wanted.credits:,}. "
        f"{fewer} the cap on the page “Spend caps”, or go on after that day.",
        facts={
            "cap": cap,
            "used": used,
            "needed": wanted.credits,
            "resets_at": _end_of_period(account).isoformat(),
        },
    )


def _insufficient(account: CreditAccount, wanted: Wanted) -> Refused:
    affordable = wanted.affordable(account.available)
    said = [f"This needs {count(wanted.credits, 'credit')} and you have {account.available:,}."]
    if affordable:
        said.append(f"Make only {affordable:,} of these {count(wanted.jobs, 'picture')} now.")
    more, facts = _more_credits(account)
    return Refused(
        "insufficient_credits",
        " ".join([*said, more]),
        facts={"available": account.available, "needed": wanted.credits, **facts},
    )


def _more_credits(account: CreditAccount) -> tuple[str, Facts]:
    """Where the account's next credits come from, and when: sentences, and facts for the refusal."""
    ask, facts = ask_for("more credits")
    if account.period_is_paid or not account.plan.credits:
        return ask, facts
    next_on = moment(_end_of_period(account), "day")
    next_month = f"Your next {count(account.plan.credits, 'credit')} come on {next_on}."
    return (f"{ask} {next_month}" if is_selling() else next_month), facts


def _end_of_period(account: CreditAccount) -> datetime:
    """It has one: each account with an owner that was brought up to date does."""
    return cast(datetime, account.period_ends_at)
