"""Enters into the ledger what was paid for. Each grant has a name, and is entered once."""

from __future__ import annotations

from django.utils import timezone

from billing.ledger import grant
from billing.models import CreditAccount, LedgerEntry
from billing.payments.sync.facts import Facts
from billing.payments.sync.granting import INVOICE, PACK, TRIAL, PlanOf, grants_of


def enter_grants(account: CreditAccount, facts: Facts, plan_of: PlanOf) -> None:
    """Leaves out what is entered already. Should another worker enter one meanwhile, the ledger refuses the second."""
    entries = LedgerEntry.objects.filter(account=account, source__in=(INVOICE, PACK, TRIAL))
    entered = set(entries.values_list("source", "source_id"))
    for each in grants_of(facts, account.pk, plan_of, timezone.now()):
        if (each.source, each.source_id) not in entered:
            grant(
                account_id=account.pk,
                amount=each.amount,
                source=each.source,
                source_id=each.source_id,
                reason=each.reason,
                expires_at=each.expires_at,
            )
