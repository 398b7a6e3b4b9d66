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
    for back in take_backs_of(facts, _granted(account)):
        if back.of.is_undone:
            _give_back(account, back)
        else:
            _take_back(account, back)


def _granted(account: CreditAccount) -> dict[Source, int]:
    """What the ledger has granted for payments, whatever the plans give today."""
    paid = LedgerEntry.objects.filter(account=account, kind=EntryKind.GRANT, source__in=(INVOICE, PACK))
    return {
        (source, name): amount for source, name, amount in paid.values_list("source", "source_id", "amount")
    }


def _take_back(account: CreditAccount, back: TakeBack) -> None:
    for (source, name), amount in back.credits.items():
        if amount:
            take_back(
                account_id=account.pk,
                amount=amount,
                source=back.of.kind,
                source_id=back.name_of((source, name)),
                from_source=source,
                from_source_id=name,
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


def _give_back(account: CreditAccount, back: TakeBack) -> None:
    """A dispute was won, or a refund failed: the money is ours after all, and so the credits are theirs."""
    for granted_by in back.credits:
        name = back.name_of(granted_by)
        is_given = give_back(
            account_id=account.pk,
            source=f"{back.of.kind}_undone",
            source_id=name,
            from_source=back.of.kind,
            from_source_id=name,
            reason=UNDONE[back.of.kind],
        )
        if is_given:
            audit_once(f"{back.of.kind}_undone", f"{back.of.kind}:{back.of.id}", _details(account, back))


def _details(account: CreditAccount, back: TakeBack) -> dict[str, object]:
    return {"account": account.pk, "charge": back.charge.id, "cents": back.of.cents, "credits": back.total}
