from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.ledger.incoming import lock_account
from billing.ledger.upkeep import bring_up_to_date, is_due
from billing.models import CreditAccount, Plan
from billing.models.plan import FREE


def open_credit_account(owner: User) -> CreditAccount:
    """The user's account, opened if needed with the free plan and its first monthly credits.

    Concurrent calls open only one.
    """
    return credit_account_of(owner.pk)


def credit_account_of(owner_id: UUID) -> CreditAccount:
    """The user's account, opened if needed: code that makes users need not know about billing."""
    return CreditAccount.objects.filter(owner_id=owner_id).first() or _open(owner_id)


def present_account(owner_id: UUID) -> CreditAccount:
    """The user's account, opened if needed and brought up to date, with its plan. Usually one query.

    For pages: a job brings the account up to date by itself.
    """
    with_plan = CreditAccount.objects.select_related("plan")
    account = with_plan.filter(owner_id=owner_id).first() or with_plan.get(pk=_open(owner_id).pk)
    now = timezone.now()
    if not is_due(account, now):
        return account
    with transaction.atomic():
        bring_up_to_date(lock_account(account.pk), now)
    return with_plan.get(pk=account.pk)


def credit_account_id(owner_id: UUID) -> int:
    """Primary key of the user's account, opened if needed."""
    known = CreditAccount.objects.filter(owner_id=owner_id).values_list("pk", flat=True)
    return known.first() or _open(owner_id).pk


@transaction.atomic
def _open(owner_id: UUID) -> CreditAccount:
    plan = Plan.objects.get(slug=FREE)
    account, is_new = CreditAccount.objects.get_or_create(owner_id=owner_id, defaults={"plan": plan})
    if is_new:
        account = lock_account(account.pk)
        bring_up_to_date(account, timezone.now())
    return account
