"""What the owner of an API key allows it in a period. Written under the lock of the account's row."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from billing.ledger.refusals import Wanted, beyond_key_cap
from billing.models import CreditAccount, Hold, KeyCap


def count_for_key(key_id: UUID, account_id: int, period_number: int, wanted: Wanted) -> None:
    """Counts the credits for the key in this period. Raises Refused `spend_cap` beyond its cap, if it has one."""
    cap = KeyCap.objects.filter(key_id=key_id).select_related("key").first()
    if cap is None:
        return
    used = cap.used if cap.period_number == period_number else 0
    if wanted.is_beyond(cap.credits, used):
        raise beyond_key_cap(cap, used, CreditAccount.objects.get(pk=account_id), wanted)
    KeyCap.objects.filter(pk=key_id).update(used=used + wanted.credits, period_number=period_number)


def give_back_to_key(hold: Hold) -> None:
    """Gives a released hold's credits back to the key, if they count in its present period."""
    if hold.key_id and hold.amount:
        counted = KeyCap.objects.filter(key_id=hold.key_id, period_number=hold.period_number)
        counted.update(used=F("used") - hold.amount)
