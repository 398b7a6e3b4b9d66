"""Rows of plans, of the ledger and of payments, with their constraints.

Only `billing.ledger` writes the ledger's rows, and only `billing.payments` those of payments.
"""

from billing.models.credit_account import CreditAccount
from billing.models.credit_bucket import CreditBucket, Draw
from billing.models.credit_pack import CreditPack
from billing.models.entry import LedgerEntry
from billing.models.hold import Hold
from billing.models.key_cap import KeyCap
from billing.models.payments import Customer, Invoice, StripeEvent, StripeRequest, Subscription
from billing.models.plan import Plan

__all__ = [
    "CreditAccount",
    "CreditBucket",
    "CreditPack",
    "Customer",
    "Draw",
    "Hold",
    "Invoice",
    "KeyCap",
    "LedgerEntry",
    "Plan",
    "StripeEvent",
    "StripeRequest",
    "Subscription",
]
