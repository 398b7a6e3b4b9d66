"""Credits for people who try the product on their own machine."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from billing.ledger import credit_account_of, grant
from billing.plans import change_plan

CREDITS = 1_000_000
PLAN = "studio"


@transaction.atomic
def endow(owner: User) -> None:
    """Gives the user, once, the largest plan and more credits than one machine can spend."""
    given = grant(
        owner_id=owner.pk,
        amount=CREDITS,
        source="demo",
        source_id=str(credit_account_of(owner.pk).pk),  # entries outlive the user, so they must not name one
        reason="Demo credits",
    )
    if given:
        change_plan(owner, PLAN)
