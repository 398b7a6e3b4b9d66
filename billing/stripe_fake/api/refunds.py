"""Refunds: https://docs.stripe.com/api/refunds."""

from __future__ import annotations

from billing.stripe_fake.accepts import metadata, one_of, text, whole
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.expansion import includes
from billing.stripe_fake.world import Row, World

REASON = one_of("duplicate", "fraudulent", "requested_by_customer")


@api(
    "POST",
    "/v1/refunds",
    {"charge": text, "payment_intent": text, "amount": whole, "reason": REASON, "metadata": metadata},
)
def create(world: World, given: Row) -> Row:
    charge = _charge(world, given)
    left = charge["amount"] - charge["amount_refunded"]
    amount = given.get("amount", left)
    if not left:
        raise bad_request(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 1 <= amount <= left:
        raise bad_request(f"Refund amount ({amount}) is not from 1 to {left}.", param="amount")
    row = {
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now,
        "currency": charge["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": given.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    row = world.add("re", row)
    world.emit("refund.created", row)
    with world.changing(charge, "charge.refunded"):
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    return row


@includes("charge", "refunds")
def _refunds_of(world: World, charge: Row) -> list[Row]:
    return [row for row in reversed(world.all("refund")) if row["charge"] == charge["id"]]


def _charge(world: World, given: Row) -> Row:
    if "charge" in given:
        charge = world.find("charge", given["charge"], param="charge")
    elif "payment_intent" in given:
        intent = world.find("payment_intent", given["payment_intent"], param="payment_intent")
        charge = world.find("charge", intent["latest_charge"] or "", param="payment_intent")
    else:
        raise bad_request("One of the following params should be provided: payment_intent or charge.")
    if not charge["paid"]:
        raise bad_request(f"Charge {charge['id']} was not paid.", param="charge")
    return charge
