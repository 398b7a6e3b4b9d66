"""What billing stores about a person. Its rows are not erased: entries are never changed, and name no person.

When the user's row is deleted, the database empties `CreditAccount.owner`. From then on the account, its entries and
its payments belong to no person, and every sum stays as it was. What Stripe stores of the person is deleted there.
"""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User
from accounts.registry import Counts, PersonalData, Rows
from billing.models import (
    CreditAccount,
    CreditBucket,
    Customer,
    Draw,
    Hold,
    Invoice,
    KeyCap,
    LedgerEntry,
    StripeRequest,
    Subscription,
)
from billing.payments.leaving import delete_customers, is_left

ACCOUNT = (
    *("plan_id", "available", "reserved", "spent", "expired", "granted", "debt", "spend_cap", "created_at"),
    *("period_starts_at", "period_ends_at", "period_jobs", "period_credits", "blocked_from"),
)
BUCKET = ("id", "entry_id", "amount", "left", "expires_at")
DRAW = ("entry_id", "bucket_id", "amount")
KEY_CAP = ("key_id", "credits", "used")
ENTRY = ("id", "kind", "amount", "hold_id", "source", "reason", "at")
HOLD = ("id", "reference", "key_id", "label", "amount", "state", "created_at", "closed_at")
CUSTOMER = ("customer_id", "is_live", "created_at", "deleted_at")
SUBSCRIPTION = (
    *("subscription_id", "plan_id", "next_plan_id", "status", "period_starts_at", "period_ends_at"),
    *("trial_ends_at", "ends_at", "past_due_since"),
)
INVOICE = ("invoice_id", "number", "status", "total_cents", "refunded_cents", "currency", "created_at")
REQUEST = ("id", "kind", "is_live", "plan_id", "pack_id", "state", "object_id", "created_at", "done_at")


def rows_of(user: User) -> Mapping[str, Rows]:
    account = CreditAccount.objects.filter(owner=user)
    return {
        "account": Rows(account, ACCOUNT),
        "buckets": Rows(CreditBucket.objects.filter(account__owner=user), BUCKET),
        "draws": Rows(Draw.objects.filter(bucket__account__owner=user), DRAW),
        "key_caps": Rows(KeyCap.objects.filter(key__owner=user), KEY_CAP),
        "holds": Rows(Hold.objects.filter(account__owner=user), HOLD),
        "ledger": Rows(LedgerEntry.objects.filter(account__owner=user), ENTRY),
        "stripe_customers": Rows(Customer.objects.filter(account__owner=user), CUSTOMER),
        "stripe_requests": Rows(StripeRequest.objects.filter(account__owner=user), REQUEST),
        "subscriptions": Rows(Subscription.objects.filter(customer__account__owner=user), SUBSCRIPTION),
        "invoices": Rows(Invoice.objects.filter(customer__account__owner=user), INVOICE),
    }


def leave_stripe(user: User) -> Counts:
    """Raises if Stripe does not answer: the erasure is tried again until it does."""
    return {"stripe_customers": delete_customers(user)}


BILLING = PersonalData("billing", rows=rows_of, erase=[leave_stripe], is_left=is_left)
