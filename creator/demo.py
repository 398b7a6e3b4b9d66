"""Credits for those who try the product on a machine of their own."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from billing.ledger import account_of, grant
from billing.plans import change_plan

CREDITS = 1_000_000
PLAN = "studio"


@transaction.atomic
def endow(owner: User) -> None:
    """The largest plan and more credits than one machine can spend, once: nobody runs dry while trying things out."""
    given = grant(
        owner_id=owner.pk,
        amount=CREDITS,
        source="demo",
        source_id=str(account_of(owner.pk).pk),  # rows that stay name no person
        reason="To try everything with",
    )
    if given:
        change_plan(owner, PLAN)
