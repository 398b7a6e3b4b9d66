"""Invoices: https://docs.stripe.com/api/invoices."""

from __future__ import annotations

from typing import Any

from billing.stripe_fake.accepts import CREATED, LIST, need, one_of, text
from billing.stripe_fake.api.reading import retrieves
from billing.stripe_fake.api.subscriptions import CHANGES, read_change
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import StripeError, bad_request
from billing.stripe_fake.expansion import includes
from billing.stripe_fake.flows import changing, collecting
from billing.stripe_fake.flows.renewing import line_after
from billing.stripe_fake.lists import page
from billing.stripe_fake.resources import invoices
from billing.stripe_fake.resources.payment_intents import DECLINED
from billing.stripe_fake.world import Row, World

STATUS = one_of("draft", "open", "paid", "uncollectible", "void")
PREVIEWED = {name: CHANGES[name] for name in ("items", "proration_behavior", "proration_date", "trial_end")}

retrieves("invoice", "/v1/invoices")


@api(
    "GET",
    "/v1/invoices",
    {"customer": text, "status": STATUS, "subscription": text, "created": CREATED, **LIST},
)
def list_all(world: World, given: Row) -> Row:
    rows = [
        row
        for row in world.all("invoice")
        if all(given.get(name) in (None, row[name]) for name in ("customer", "status"))
        and given.get("subscription") in (None, _subscription_id(row))
    ]
    return page(rows, given, "/v1/invoices")


def _subscription_id(row: Row) -> Any:
    return row["parent"] and row["parent"]["subscription_details"]["subscription"]


@includes("invoice", "payments")
def _payments(world: World, row: Row) -> list[Row]:
    return [each for each in world.all("invoice_payment") if each["invoice"] == row["id"]]


@api(
    "POST",
    "/v1/invoices/create_preview",
    {"customer": text, "subscription": text, "subscription_details": PREVIEWED},
)
def create_preview(world: World, given: Row) -> Row:
    """What a change or the next renewal would cost. Nothing is stored."""
    need(given, "subscription")
    row = world.find("subscription", given["subscription"], param="subscription")
    details = given.get("subscription_details", {})
    change = read_change(world, row, details, prefix="subscription_details.")
    lines = changing.lines_of(world, row, change) if change else []
    if details.get("proration_behavior") == "none" and change and not change.ends_trial:
        lines = []
    if details.get("proration_behavior") != "always_invoice" and not (change and change.ends_trial):
        lines.append(line_after(world, row, change.price if change else None))
    if not lines:
        raise bad_request("Nothing to invoice for this subscription.", code="invoice_upcoming_none")
    customer = world.find("customer", row["customer"], param="customer")
    return invoices.preview(world, customer, lines, subscription=row)


@api("POST", "/v1/invoices/{id}/pay", {"payment_method": text})
def pay(world: World, id: str, given: Row) -> Row:
    """Tries the customer's card now. Raises StripeError with 402 if it is declined."""
    row = world.find("invoice", id)
    if row["status"] == "draft":
        collecting.finalize(world, row)
    method = given.get("payment_method") or collecting.default_method(world, row)
    if row["status"] == "open" and collecting.collect(world, row, method) != "succeeded":
        raise StripeError(402, "card_error", DECLINED["message"], code="card_declined")
    return row


@api("POST", "/v1/invoices/{id}/void")
def void(world: World, id: str, given: Row) -> Row:
    row = world.find("invoice", id)
    if row["status"] != "open":
        raise bad_request(f"You cannot void an invoice that is {row['status']}.")
    collecting.void(world, row)
    return row
