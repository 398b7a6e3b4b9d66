"""Enters into the ledger what was paid for. Each grant has a name, and is entered once."""

from __future__ import annotations

from billing.ledger import grant
from billing.models import CreditAccount
from billing.payments.sync.facts import Facts
from billing.payments.sync.granting import PlanOf, grants_of


def enter_grants(account: CreditAccount, facts: Facts, plan_of: PlanOf) -> None:
    for each in grants_of(facts, account.pk, plan_of):
        grant(
            account_id=account.pk,
            amount=each.amount,
            source=each.source,
            source_id=each.source_id,
            reason=each.reason,
            expires_at=each.expires_at,
        )
