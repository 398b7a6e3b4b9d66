"""The only writer of accounts, holds and entries: credits are granted, held, then settled or released, and can be added up again.

Functions that change something are called inside the caller's transaction, so that a job and its credits change together
or not at all. Each locks the account's row until that transaction ends: call them last in it, after locks of other rows.
Nothing here knows what a hold is for, what a plan costs or who pays.
"""

from billing.ledger.accounts import account_of, open_account
from billing.ledger.audit import Drift, audit
from billing.ledger.grants import adjust, grant
from billing.ledger.holds import hold_credits, release, settle

__all__ = [
    "Drift",
    "account_of",
    "adjust",
    "audit",
    "grant",
    "hold_credits",
    "open_account",
    "release",
    "settle",
]
