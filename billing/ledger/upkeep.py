"""What time does to an account: credits expire, periods end. Done when the account is used, and each hour."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from billing.ledger.expiry import expire_due
from billing.ledger.incoming import lock_account, save_account
from billing.ledger.periods import roll_period
from billing.models import CreditAccount
from creator.lib.paging import in_pages
from creator.platform.one_by_one import one_by_one


def bring_up_to_date(account: CreditAccount, now: datetime) -> None:
    """Expires what is due and starts the period that is due, of a locked account, and stores it."""
    before = account.period_number, account.next_expiry_at
    expire_due(account, now)
    roll_period(account, now)
    if before != (account.period_number, account.next_expiry_at):
        save_account(account)


def is_due(account: CreditAccount, now: datetime) -> bool:
    """Whether time has changed the account since it was last brought up to date."""
    expires_at, ends_at = account.next_expiry_at, account.period_ends_at
    is_over = ends_at is None or ends_at <= now
    return (expires_at is not None and expires_at <= now) or (is_over and account.owner_id is not None)


def bring_all_up_to_date() -> int:
    """The same for each account for which something is due, one transaction each. Returns how many those were.

    An account that fails is logged, and does not hold up the others: `ledger_audit` says more.
    """
    return one_by_one(
        in_pages(_due(timezone.now())), _bring_up_to_date, name="account_not_brought_up_to_date"
    )


@transaction.atomic
def _bring_up_to_date(account: CreditAccount) -> bool:
    bring_up_to_date(lock_account(account.pk), timezone.now())
    return True


def _due(now: datetime) -> QuerySet[CreditAccount]:
    """Accounts without an owner have no more periods, but what they have left expires too."""
    period_over = Q(period_ends_at__lte=now) | Q(period_ends_at__isnull=True)
    return CreditAccount.objects.filter(Q(next_expiry_at__lte=now) | (period_over & Q(owner__isnull=False)))
