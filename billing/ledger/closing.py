from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from billing.enums import EntryKind, HoldState
from billing.ledger.buckets import give_back, next_expiry_of
from billing.ledger.expiry import expire_due
from billing.ledger.incoming import lock_account, repay_debt, require_transaction, save_account
from billing.ledger.key_caps import give_back_to_key
from billing.models import CreditAccount, Hold, LedgerEntry
from creator.lib.clock import database_now
from creator.lib.returning import update_returning


def settle(reference: str) -> bool:
    """Spends the credits of the reference's open hold. Does nothing and returns False if there is none.

    Takes only three statements, since every job that made a picture needs this.
    """
    hold = _close(reference, HoldState.SETTLED)
    if hold is None:
        return False
    CreditAccount.objects.filter(pk=hold.account_id).update(
        reserved=F("reserved") - hold.amount, spent=F("spent") + hold.amount
    )
    _enter(hold, EntryKind.SETTLE)
    return True


def release(reference: str) -> bool:
    """Makes the credits of the reference's open hold available again, and gives the job back to its period.

    If their bucket has expired since, they last three more days. If the account is in debt, they lower it.
    Does nothing and returns False if there is no open hold.
    """
    hold = _close(reference, HoldState.RELEASED)
    if hold is None:
        return False
    account, now = lock_account(hold.account_id), timezone.now()
    expire_due(account, now)  # before the buckets get credits that last longer
    account.reserved -= hold.amount
    account.available += hold.amount
    if hold.period_number and hold.period_number == account.period_number:
        account.period_jobs -= 1
        account.period_credits -= hold.amount
    _enter(hold, EntryKind.RELEASE)
    give_back(hold.pk, now)
    account.next_expiry_at = next_expiry_of(account.pk)
    give_back_to_key(hold)
    repay_debt(account)
    save_account(account)
    return True


def _close(reference: str, state: HoldState) -> Hold | None:
    """The hold as it was. The guarded UPDATE lets one caller close it."""
    require_transaction()
    columns = ("id", "account_id", "amount", "period_number", "key_id")
    still_open = Hold.objects.filter(reference=reference, state=HoldState.OPEN)
    closed = update_returning(still_open, *columns, state=state, closed_at=database_now())
    return Hold(**dict(zip(columns, closed, strict=True))) if closed else None


def _enter(hold: Hold, kind: EntryKind) -> None:
    LedgerEntry.objects.create(account_id=hold.account_id, kind=kind, amount=hold.amount, hold_id=hold.pk)
