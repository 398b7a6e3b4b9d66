"""What billing stores about a person. Nothing of it is erased: entries are never changed, and name no person.

When the user's row is deleted, the database empties `CreditAccount.owner`. From then on the account and its entries
belong to nobody, and every sum stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User
from accounts.registry import PersonalData, Rows
from billing.models import CreditAccount, CreditBucket, Draw, Hold, KeyCap, LedgerEntry

ACCOUNT = (
    *("plan_id", "available", "reserved", "spent", "expired", "granted", "debt", "spend_cap", "created_at"),
    *("period_starts_at", "period_ends_at", "period_jobs", "period_credits", "blocked_from"),
)
BUCKET = ("id", "entry_id", "amount", "left", "expires_at")
DRAW = ("entry_id", "bucket_id", "amount")
KEY_CAP = ("key_id", "credits", "used")
ENTRY = ("id", "kind", "amount", "hold_id", "source", "reason", "at")
HOLD = ("id", "reference", "key_id", "label", "amount", "state", "created_at", "closed_at")


def rows_of(user: User) -> Mapping[str, Rows]:
    account = CreditAccount.objects.filter(owner=user)
    return {
        "account": Rows(account, ACCOUNT),
        "buckets": Rows(CreditBucket.objects.filter(account__owner=user), BUCKET),
        "draws": Rows(Draw.objects.filter(bucket__account__owner=user), DRAW),
        "key_caps": Rows(KeyCap.objects.filter(key__owner=user), KEY_CAP),
        "holds": Rows(Hold.objects.filter(account__owner=user), HOLD),
        "ledger": Rows(LedgerEntry.objects.filter(account__owner=user), ENTRY),
    }


BILLING = PersonalData("billing", rows=rows_of)
