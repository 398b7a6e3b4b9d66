"""Compares every number of the ledger with what it must be by the entries, holds and draws. Reads only."""

from billing.ledger.drift.accounts import drift_of_accounts
from billing.ledger.drift.buckets import drift_of_buckets
from billing.ledger.drift.difference import Drift
from billing.ledger.drift.holds import drift_of_holds

__all__ = ["Drift", "find_drift"]


def find_drift() -> list[Drift]:
    """Adds up all entries, holds and draws and returns the differences.

    Each of the three queries compares both sides in one statement, and so in one snapshot: concurrent movements
    of credits do not appear as drift.
    """
    return [*drift_of_accounts(), *drift_of_holds(), *drift_of_buckets()]
