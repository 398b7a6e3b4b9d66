"""Enters into the ledger which credits went back, and tells of it once: the person, the audit, of disputes the staff."""

from __future__ import annotations

from billing.enums import EntryKind
from billing.ledger import give_back, take_back
from billing.models import CreditAccount, LedgerEntry
from billing.notifications.payments import tell_of_dispute, tell_of_refund
from billing.payments.sync.auditing import audit_once
from billing.payments.sync.facts import Facts
from billing.payments.sync.granting import INVOICE, PACK
from billing.payments.sync.returning import Source, TakeBack, take_backs_of
from creator.lib.formatting import money

TAKEN = {"refund": "payment_refunded", "dispute": "payment_disputed"}
REASONS = {"refund": "Credits of a refunded payment", "dispute": "Credits of a disputed payment"}
UNDONE = {"refund": "The refund was not paid out", "dispute": "The dispute was settled for us"}


def enter_take_backs(account: CreditAccount, facts: Facts) -> None:
    """After the grants: what is paid and refunded before the first look comes and goes."""
    entered = _entered(account)
    for back in take_backs_of(facts, _granted(account)):
        if back.of.is_undone:
            _give_back(account, back, entered)
        else:
            _take_back(account, back, entered)


def _granted(account: CreditAccount) -> dict[Source, int]:
    """What the ledger has granted for payments, even if the plans give other amounts today."""
    paid = LedgerEntry.objects.filter(account=account, kind=EntryKind.GRANT, source__in=(INVOICE, PACK))
    return {
        (source, name): amount for source, name, amount in paid.values_list("source", "source_id", "amount")
    }


def _entered(account: CreditAccount) -> set[Source]:
    """What earlier looks have taken and given back."""
    sources = [*TAKEN, *(f"{kind}_undone" for kind in TAKEN)]
    entries = LedgerEntry.objects.filter(account=account, source__in=sources)
    return set(entries.values_list("source", "source_id"))


def _take_back(account: CreditAccount, back: TakeBack, entered: set[Source]) -> None:
    for granted_by, amount in back.credits.items():
        name = back.name_of(granted_by)
        if amount and (back.of.kind, name) not in entered:
            take_back(
                account_id=account.pk,
                amount=amount,
                source=back.of.kind,
                source_id=name,
                from_source=granted_by[0],
                from_source_id=granted_by[1],
                reason=REASONS[back.of.kind],
            )
    if audit_once(TAKEN[back.of.kind], f"{back.of.kind}:{back.of.id}", _details(account, back)):
        account.refresh_from_db(fields=["debt"])
        _tell(account, back)


def _tell(account: CreditAccount, back: TakeBack) -> None:
    of, amount = back.of, money(back.of.cents, back.charge.currency)
    if of.kind == "refund":
        tell_of_refund(account, refund_id=of.id, amount=amount, credits=back.total)
    else:
        tell_of_dispute(account, dispute_id=of.id, amount=amount, credits=back.total, answer_until=of.due_at)


def _give_back(account: CreditAccount, back: TakeBack, entered: set[Source]) -> None:
    """A dispute was won, or a refund failed: the money is ours after all, and so the credits are theirs."""
    source = f"{back.of.kind}_undone"
    for granted_by in back.credits:
        name = back.name_of(granted_by)
        if (back.of.kind, name) in entered and (source, name) not in entered:
            give_back(
                account_id=account.pk,
                source=source,
                source_id=name,
                from_source=back.of.kind,
                from_source_id=name,
                granted_by=granted_by,
                reason=UNDONE[back.of.kind],
            )
            audit_once(source, f"{back.of.kind}:{back.of.id}", _details(account, back))


def _details(account: CreditAccount, back: TakeBack) -> dict[str, object]:
    return {"account": account.pk, "charge": back.charge.id, "cents": back.of.cents, "credits": back.total}
