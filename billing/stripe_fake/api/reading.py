"""Calls that list and retrieve objects of a kind, alike for most kinds."""

from __future__ import annotations

from typing import Any

from billing.stripe_fake.accepts import CREATED, LIST, text
from billing.stripe_fake.calls import api
from billing.stripe_fake.lists import page
from billing.stripe_fake.world import Row, World


def retrieves(kind: str, url: str) -> None:
    """Registers the call that retrieves one object of the kind."""

    @api("GET", f"{url}/{{id}}")
    def retrieve(world: World, id: str, given: Row) -> Row:
        return world.find(kind, id)


def lists(kind: str, url: str, **filters: Any) -> None:
    """Registers the call that lists the kind. `filters`: fields whose value can be asked for, each with its reader."""

    @api("GET", url, {**filters, "created": CREATED, **LIST})
    def list_all(world: World, given: Row) -> Row:
        rows = [
            row for row in world.all(kind) if all(given.get(each) in (None, row[each]) for each in filters)
        ]
        return page(rows, given, url)


for _kind, _url, _filters in (
    ("charge", "/v1/charges", ("customer", "payment_intent")),
    ("dispute", "/v1/disputes", ("charge", "payment_intent")),
    ("payment_intent", "/v1/payment_intents", ("customer",)),
    ("refund", "/v1/refunds", ("charge", "payment_intent")),
    ("invoice_payment", "/v1/invoice_payments", ("invoice",)),
    ("checkout.session", "/v1/checkout/sessions", ("customer", "payment_intent", "status", "subscription")),
    ("subscription_schedule", "/v1/subscription_schedules", ("customer",)),
):
    retrieves(_kind, _url)
    lists(_kind, _url, **dict.fromkeys(_filters, text))
retrieves("payment_method", "/v1/payment_methods")
