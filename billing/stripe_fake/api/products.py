"""Products: https://docs.stripe.com/api/products."""

from __future__ import annotations

from billing.stripe_fake.accepts import boolean, metadata, need, text
from billing.stripe_fake.api.reading import lists, retrieves
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import StripeError
from billing.stripe_fake.fields import set_fields
from billing.stripe_fake.world import Row, World

FIELDS = {"active": boolean, "description": text, "metadata": metadata, "name": text}


@api("POST", "/v1/products", {"id": text, **FIELDS})
def create(world: World, given: Row) -> Row:
    need(given, "name")
    if given.get("id") in world.rows.get("product", {}):
        raise StripeError(
            400,
            "invalid_request_error",
            "Product already exists.",
            code="resource_already_exists",
            param="id",
        )
    row = {
        "object": "product",
        "active": True,
        "created": world.now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": world.is_live,
        "marketing_features": [],
        "metadata": {},
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "unit_label": None,
        "updated": world.now,
        "url": None,
    }
    row = world.add("prod", {"id": given.get("id"), **row})
    set_fields(row, {name: value for name, value in given.items() if name != "id"})
    world.emit("product.created", row)
    return row


lists("product", "/v1/products", active=boolean)
retrieves("product", "/v1/products")


@api("POST", "/v1/products/{id}", FIELDS)
def update(world: World, id: str, given: Row) -> Row:
    row = world.find("product", id)
    with world.changing(row, "product.updated"):
        set_fields(row, given)
        row["updated"] = world.now
    return row
