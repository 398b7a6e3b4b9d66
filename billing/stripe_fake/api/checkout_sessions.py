"""Checkout sessions: https://docs.stripe.com/api/checkout/sessions."""

from __future__ import annotations

from billing.stripe_fake.accepts import boolean, metadata, need, one_of, text, whole
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.expansion import includes
from billing.stripe_fake.flows.checking_out import expire as end_session
from billing.stripe_fake.resources.checkout_sessions import line_items, new_session
from billing.stripe_fake.world import Row, World

SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600
"""A session expires so long after it was made."""
CLOCKS_DIFFER_S = 60

includes("checkout.session", "line_items")(line_items)


@api(
    "POST",
    "/v1/checkout/sessions",
    {
        "mode": one_of("payment", "subscription"),
        "customer": text,
        "client_reference_id": text,
        "line_items": [{"price": text, "quantity": whole}],
        "success_url": text,
        "cancel_url": text,
        "expires_at": whole,
        "metadata": metadata,
        "payment_method_collection": one_of("always", "if_required"),
        "subscription_data": {"metadata": metadata, "trial_period_days": whole},
        "payment_intent_data": {"metadata": metadata},
        "invoice_creation": {"enabled": boolean},
    },
)
def create(world: World, given: Row) -> Row:
    need(given, "mode", "customer", "line_items", "success_url")
    world.find("customer", given["customer"], param="customer")
    price = _price(world, given)
    other = "payment_intent_data" if given["mode"] == "subscription" else "subscription_data"
    if other in given:
        raise bad_request(f"You can not pass `{other}` in `{given['mode']}` mode.", param=other)
    if given["mode"] == "subscription" and "invoice_creation" in given:
        raise bad_request(
            "You can not pass `invoice_creation` in `subscription` mode.", param="invoice_creation"
        )
    given["expires_at"] = _expiry(world, given)
    return new_session(world, price, given)


def _price(world: World, given: Row) -> Row:
    items = given["line_items"]
    if len(items) != 1 or items[0].get("quantity", 1) != 1:
        raise bad_request("This fake sells one of one price at a time.", param="line_items")
    price = world.find("price", items[0].get("price", ""), param="line_items[0][price]")
    if not price["active"]:
        raise bad_request("The price specified is inactive.", param="line_items[0][price]")
    if bool(price["recurring"]) != (given["mode"] == "subscription"):
        raise bad_request(
            f"This price cannot be sold in `{given['mode']}` mode.", param="line_items[0][price]"
        )
    return price


def _expiry(world: World, given: Row) -> int:
    at: int = given.get("expires_at", world.now + LONGEST_S)
    if not SHORTEST_S - CLOCKS_DIFFER_S <= at - world.now <= LONGEST_S + CLOCKS_DIFFER_S:
        raise bad_request(
            "The `expires_at` timestamp must be from 30 minutes to 24 hours after the session's creation.",
            param="expires_at",
        )
    return at


@api("POST", "/v1/checkout/sessions/{id}/expire")
def expire(world: World, id: str, given: Row) -> Row:
    row = world.find("checkout.session", id)
    if row["status"] != "open":
        raise bad_request(
            f"Only Checkout Sessions with a status of `open` can be expired, not `{row['status']}`."
        )
    end_session(world, row)
    return row
