"""`python -m benchmarks.last_look`: looks at all customers, as each night, and prints what the ledger has as JSON."""

from __future__ import annotations

import json
from typing import Any

import django

ROUNDS = 20
"""A look may be wanted again while it is under way."""


def look_at_all() -> None:
    from billing.ledger import bring_all_up_to_date
    from billing.models import Customer
    from billing.payments.look import look_at_customers
    from billing.payments.reconcile import catch_up
    from creator.lib.clock import database_now

    catch_up()
    Customer.objects.update(wanted_at=database_now())
    for _ in range(ROUNDS):
        wanted = Customer.objects.filter(wanted_at__isnull=False)
        if not wanted.update(due_at=database_now()):
            break
        look_at_customers()
    bring_all_up_to_date()


def read_ledger() -> dict[str, Any]:
    from billing.ledger import find_drift
    from billing.models import Customer, Hold, LedgerEntry

    grants = LedgerEntry.objects.filter(kind="grant")
    open_holds = Hold.objects.filter(state="open").count()
    return {
        "drift": [str(each) for each in find_drift()],
        "unfinished": Customer.objects.filter(wanted_at__isnull=False).count() + open_holds,
        "grants": list(grants.values_list("source", "source_id")),
        "entries": LedgerEntry.objects.count(),
    }


if __name__ == "__main__":
    django.setup()
    look_at_all()
    print(json.dumps(read_ledger()))
