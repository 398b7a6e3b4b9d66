"""Rows of plans and of the ledger, and what the database itself refuses. billing.ledger is the only writer of the ledger's."""

from billing.models.account import Account
from billing.models.entry import LedgerEntry
from billing.models.hold import Hold
from billing.models.plan import Plan

__all__ = ["Account", "Hold", "LedgerEntry", "Plan"]
