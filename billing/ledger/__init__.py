"""The only writer of credit accounts, buckets, holds and entries. Credits come in, are held, then settled or released.

Call functions that change something inside a transaction, so that a job and its credits change together or
not at all. Each locks the account's row until the transaction ends: call them last in it, after locking other
rows. The ledger does not know what a hold is for, what a plan costs or who pays.
"""

from billing.ledger.caps import has_cap, set_caps, used_by_keys
from billing.ledger.closing import release, settle
from billing.ledger.credit_accounts import credit_account_of, open_credit_account, present_account
from billing.ledger.drift import Drift, find_drift
from billing.ledger.grants import adjust, grant
from billing.ledger.holds import hold_credits, require_credits
from billing.ledger.lines import Line, lines_of
from billing.ledger.periods import end_period, start_period
from billing.ledger.take_backs import give_back, take_back
from billing.ledger.upkeep import bring_all_up_to_date
from billing.ledger.warnings import note_warning

__all__ = [
    "Drift",
    "Line",
    "adjust",
    "bring_all_up_to_date",
    "credit_account_of",
    "end_period",
    "find_drift",
    "give_back",
    "grant",
    "has_cap",
    "hold_credits",
    "lines_of",
    "note_warning",
    "open_credit_account",
    "present_account",
    "release",
    "require_credits",
    "set_caps",
    "settle",
    "start_period",
    "take_back",
    "used_by_keys",
]
