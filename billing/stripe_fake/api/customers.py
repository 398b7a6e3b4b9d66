"""Customers: https://docs.stripe.com/api/customers."""

from __future__ import annotations

from typing import Any

from billing.stripe_fake.accepts import metadata, text
from billing.stripe_fake.api.reading import lists, retrieves
from billing.stripe_fake.calls import api
from billing.stripe_fake.expansion import includes
from billing.stripe_fake.fields import set_fields
from billing.stripe_fake.flows.ending import end_at_once
from billing.stripe_fake.world import Row, World

FIELDS = {"description": text, "email": text, "metadata": metadata, "name": text, "phone": text}


@api("POST", "/v1/customers", FIELDS)
def create(world: World, given: Row) -> Row:
    row: Row = {
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": world.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": world.new_id("")[1:9].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": world.is_live,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    row = world.add("cus", row)
    set_fields(row, given)
    world.emit("customer.created", row)
    return row


lists("customer", "/v1/customers", email=text)
retrieves("customer", "/v1/customers")


@includes("customer", "subscriptions")
def _subscriptions(world: World, row: Row) -> list[Row]:
    return [
        each for each in world.all("subscription") if each["customer"] == row["id"] and not each["ended_at"]
    ]


@api("POST", "/v1/customers/{id}", FIELDS)
def update(world: World, id: str, given: Row) -> Row:
    row = _present(world, id)
    with world.changing(row, "customer.updated"):
        set_fields(row, given)
    return row


@api("DELETE", "/v1/customers/{id}", expands=False)
def delete(world: World, id: str, given: Row) -> Row:
    """Deletes for good and cancels the customer's subscriptions at once."""
    row = _present(world, id)
    for each in world.all("subscription"):
        if each["customer"] == id and each["ended_at"] is None:
            end_at_once(world, each, reason="cancellation_requested")
    world.emit("customer.deleted", row)
    world.rows["customer"][id] = {"id": id, "object": "customer", "deleted": True}
    return world.rows["customer"][id]


def _present(world: World, id: str) -> dict[str, Any]:
    row = world.find("customer", id)
    return world.find("customer", id, param="customer") if row.get("deleted") else row
