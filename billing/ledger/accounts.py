from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing.enums import EntryKind
from billing.ledger.incoming import bring_in
from billing.models import Account, Plan
from billing.models.plan import FREE


def open_account(owner: User) -> Account:
    """The user's account; a new one has the free plan and its credits. Any number of calls at once open one."""
    return account_of(owner.pk)


def account_of(owner_id: UUID) -> Account:
    """The account of this user, opened if they have none yet: users are also made where nobody thinks of billing."""
    return Account.objects.filter(owner_id=owner_id).first() or _open(owner_id)


def open_account_id(owner_id: UUID) -> int:
    """Key of the account, opened if need be."""
    known = Account.objects.filter(owner_id=owner_id).values_list("pk", flat=True)
    return known.first() or _open(owner_id).pk


@transaction.atomic
def _open(owner_id: UUID) -> Account:
    plan = Plan.objects.get(slug=FREE)
    account, made = Account.objects.get_or_create(owner_id=owner_id, defaults={"plan": plan})
    if made:
        # Named after the account and not its owner: entries stay when a person is erased.
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
