"""Changes what a person has, by the ledger itself."""

from uuid import uuid4

from django.db import transaction

from billing.ledger import adjust, present_account


@transaction.atomic
def leave_credits(owner_id, available: int) -> None:
    """Adjusts the owner's account so that so many credits are available."""
    amount = available - present_account(owner_id).available
    adjust(owner_id=owner_id, amount=amount, source="test", source_id=str(uuid4()), reason="For a test")
