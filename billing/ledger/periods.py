"""Periods in which a plan counts jobs and people cap what they spend.

Accounts have monthly periods from sign-up, each with the plan's credits; also with a larger plan that
staff gave. Paid periods and their credits come from payments, by `start_period`. If the next one is not known when a paid period
ends, a month without credits begins in its place: payments correct its end when they learn of it.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from billing.enums import EntryKind
from billing.ledger.incoming import bring_in, lock_account, save_account
from billing.ledger.months import month_around
from billing.models import CreditAccount
from billing.models.plan import FREE


def start_period(account_id: int, starts_at: datetime, ends_at: datetime) -> None:
    """Starts a paid period, which counts from zero. For one that has started, corrects its end.

    A period that is over is not started: payments may learn of it late.
    """
    account = lock_account(account_id)
    account.period_is_paid = True
    if account.period_starts_at == starts_at:
        account.period_ends_at = ends_at
    elif ends_at > timezone.now():
        _start(account, starts_at, ends_at)
    save_account(account)


def end_period(account_id: int) -> None:
    """Ends the account's period now, since its plan ends: the next use of the account starts another one.

    That is a month from sign-up, unless `start_period` comes first.
    """
    account, now = lock_account(account_id), timezone.now()
    account.period_is_paid = False
    started, ends_at = account.period_starts_at, account.period_ends_at
    if started and ends_at and started < now < ends_at:
        account.period_ends_at = now
    save_account(account)


def roll_period(account: CreditAccount, now: datetime) -> None:
    """Starts the period that contains `now`, with the plan's credits unless it is paid, if that of a locked account is over.

    However often it is called, a month's credits are granted once: they are named after the account, the day on
    which the month began, and the plan if it is not the free one. Months in which nothing called it are left out, since
    their credits have expired.
    """
    is_running = account.period_ends_at and account.period_ends_at > now
    if is_running or account.owner is None:
        return
    first = account.owner.date_joined
    if account.period_is_paid and account.period_ends_at:
        first = account.period_ends_at
    starts_at, ends_at = month_around(now, first)
    _start(account, starts_at, ends_at)
    plan = account.plan
    if not account.period_is_paid and plan.credits:
        bring_in(
            account,
            EntryKind.GRANT,
            plan.credits,
            source="monthly",
            source_id=f"{account.pk}:{starts_at:%Y-%m-%d}" + (f":{plan.slug}" if plan.slug != FREE else ""),
            reason=f"Monthly credits of the {plan.title} plan",
            expires_at=ends_at,
        )


def _start(account: CreditAccount, starts_at: datetime, ends_at: datetime) -> None:
    account.period_number += 1
    account.period_starts_at, account.period_ends_at = starts_at, ends_at
    account.period_jobs = account.period_credits = account.warned = 0
