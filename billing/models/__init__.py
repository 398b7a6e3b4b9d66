"""Rows of plans and of the ledger, with their constraints. Only `billing.ledger` writes the ledger's rows."""

from billing.models.credit_account import CreditAccount
from billing.models.entry import LedgerEntry
from billing.models.hold import Hold
from billing.models.plan import Plan

__all__ = ["CreditAccount", "Hold", "LedgerEntry", "Plan"]
