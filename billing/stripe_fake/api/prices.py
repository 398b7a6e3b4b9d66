"""Prices: https://docs.stripe.com/api/prices."""

from __future__ import annotations

from billing.stripe_fake.accepts import CREATED, LIST, boolean, metadata, need, one_of, text, whole
from billing.stripe_fake.api.reading import retrieves
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.fields import set_fields
from billing.stripe_fake.lists import page
from billing.stripe_fake.world import Row, World

NAMED = {"lookup_key": text, "transfer_lookup_key": boolean, "metadata": metadata, "nickname": text}
RECURRING = {"interval": one_of("month", "year"), "interval_count": whole}
KINDS = one_of("one_time", "recurring")


@api(
    "POST",
    "/v1/prices",
    {
        "product": text,
        "currency": text,
        "unit_amount": whole,
        "recurring": RECURRING,
        "active": boolean,
        **NAMED,
    },
)
def create(world: World, given: Row) -> Row:
    need(given, "product", "currency", "unit_amount")
    world.find("product", given["product"], param="product")
    _take_lookup_key(world, given)
    recurring = given.get("recurring")
    row = {
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": world.now,
        "currency": given["currency"].lower(),
        "custom_unit_amount": None,
        "livemode": world.is_live,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": given["product"],
        "recurring": recurring
        and {"interval_count": 1, "meter": None, "usage_type": "licensed", **recurring},
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": given["unit_amount"],
        "unit_amount_decimal": str(given["unit_amount"]),
    }
    row = world.add("price", row)
    set_fields(
        row, {name: given[name] for name in ("active", "lookup_key", "metadata", "nickname") if name in given}
    )
    world.emit("price.created", row)
    return row


@api(
    "GET",
    "/v1/prices",
    {"active": boolean, "lookup_keys": [text], "product": text, "type": KINDS, "created": CREATED, **LIST},
)
def list_all(world: World, given: Row) -> Row:
    rows = [
        row
        for row in world.all("price")
        if all(given.get(name) in (None, row[name]) for name in ("active", "product", "type"))
        and row["lookup_key"] in given.get("lookup_keys", [row["lookup_key"]])
    ]
    return page(rows, given, "/v1/prices")


retrieves("price", "/v1/prices")


@api("POST", "/v1/prices/{id}", {"active": boolean, **NAMED})
def update(world: World, id: str, given: Row) -> Row:
    row = world.find("price", id)
    _take_lookup_key(world, given, of=row)
    with world.changing(row, "price.updated"):
        set_fields(row, given)
    return row


def _take_lookup_key(world: World, given: Row, *, of: Row | None = None) -> None:
    """One active price has a lookup key; `transfer_lookup_key` takes it from another."""
    takes_over = given.pop("transfer_lookup_key", False)
    for row in world.all("price"):
        if row is not of and given.get("lookup_key") and row["lookup_key"] == given["lookup_key"]:
            if not takes_over:
                raise bad_request(
                    f"A price (`{row['id']}`) already uses that lookup key.", param="lookup_key"
                )
            with world.changing(row, "price.updated"):
                row["lookup_key"] = None
