"""What billing stores about a person. Nothing of it is erased: entries are never changed, and name no person.

When the user's row is deleted, the database empties `CreditAccount.owner`. From then on the account and its entries
belong to nobody, and every sum stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User
from accounts.registry import PersonalData, Rows
from billing.models import CreditAccount, Hold, LedgerEntry

ACCOUNT = ("plan_id", "available", "reserved", "spent", "granted", "created_at")
ENTRY = ("id", "kind", "amount", "hold_id", "source", "reason", "at")
HOLD = ("id", "reference", "label", "amount", "state", "created_at", "closed_at")


def rows_of(user: User) -> Mapping[str, Rows]:
    account = CreditAccount.objects.filter(owner=user)
    return {
        "account": Rows(account, ACCOUNT),
        "holds": Rows(Hold.objects.filter(account__owner=user), HOLD),
        "ledger": Rows(LedgerEntry.objects.filter(account__owner=user), ENTRY),
    }


BILLING = PersonalData("billing", rows=rows_of)
