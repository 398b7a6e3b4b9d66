from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing.enums import EntryKind
from billing.ledger.incoming import bring_in
from billing.models import CreditAccount, Plan
from billing.models.plan import FREE


def open_credit_account(owner: User) -> CreditAccount:
    """The user's account, opened if needed with the free plan and its credits.

    Concurrent calls open only one.
    """
    return credit_account_of(owner.pk)


def credit_account_of(owner_id: UUID) -> CreditAccount:
    """The user's account, opened if needed: code that makes users need not know about billing."""
    return CreditAccount.objects.filter(owner_id=owner_id).first() or _open(owner_id)


def credit_account_id(owner_id: UUID) -> int:
    """Primary key of the user's account, opened if needed."""
    known = CreditAccount.objects.filter(owner_id=owner_id).values_list("pk", flat=True)
    return known.first() or _open(owner_id).pk


@transaction.atomic
def _open(owner_id: UUID) -> CreditAccount:
    plan = Plan.objects.get(slug=FREE)
    account, made = CreditAccount.objects.get_or_create(owner_id=owner_id, defaults={"plan": plan})
    if made:
        # Names the account rather than its owner: entries stay when a person is erased.
        bring_in(
            account_id=account.pk,
            kind=EntryKind.GRANT,
            amount=plan.credits,
            source="opening",
            source_id=str(account.pk),
            reason="Credits to start with",
        )
        account.refresh_from_db()
    return account
