"""Subscriptions: https://docs.stripe.com/api/subscriptions. Only Checkout starts them here."""

from __future__ import annotations

from billing.stripe_fake.accepts import CREATED, LIST, boolean, metadata, now_or_moment, one_of, text, whole
from billing.stripe_fake.api.reading import retrieves
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import bad_request, missing
from billing.stripe_fake.fields import set_fields
from billing.stripe_fake.flows.changing import Change, change_price
from billing.stripe_fake.flows.ending import end_at_once
from billing.stripe_fake.lists import page
from billing.stripe_fake.resources.subscriptions import item_of
from billing.stripe_fake.world import Row, World

STATUS = one_of(
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
)
PRORATION = one_of("always_invoice", "create_prorations", "none")
ITEM = {"id": text, "price": text, "quantity": whole}
CHANGES = {
    "items": [ITEM],
    "proration_behavior": PRORATION,
    "proration_date": whole,
    "payment_behavior": one_of(
        "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"
    ),
    "trial_end": now_or_moment,
}
PLAIN = {"cancel_at_period_end": boolean, "default_payment_method": text, "metadata": metadata}

retrieves("subscription", "/v1/subscriptions")


@api("GET", "/v1/subscriptions", {"customer": text, "status": STATUS, "created": CREATED, **LIST})
def list_all(world: World, given: Row) -> Row:
    """Without a status, those that are not canceled."""
    wanted = given.get("status", "")
    rows = [
        row
        for row in world.all("subscription")
        if given.get("customer") in (None, row["customer"]) and _is_wanted(row["status"], wanted)
    ]
    return page(rows, given, "/v1/subscriptions")


def _is_wanted(status: str, wanted: str) -> bool:
    if wanted == "ended":
        return status in ("canceled", "incomplete_expired")
    return wanted in ("all", status) or (not wanted and status != "canceled")


@api("POST", "/v1/subscriptions/{id}", {**CHANGES, **PLAIN})
def update(world: World, id: str, given: Row) -> Row:
    row = _present(world, id)
    plain = {name: value for name, value in given.items() if name in PLAIN}
    if given.get("payment_behavior") == "pending_if_incomplete" and plain:
        raise bad_request(
            f"`payment_behavior` pending_if_incomplete cannot be used together with {', '.join(plain)}.",
            param="payment_behavior",
        )
    change = read_change(world, row, given)
    if "default_payment_method" in plain:
        world.find("payment_method", plain["default_payment_method"], param="default_payment_method")
    _set_plain(world, row, plain)
    if change is not None:
        _change(world, row, change, given)
    return row


def read_change(world: World, row: Row, given: Row, *, prefix: str = "") -> Change | None:
    """The change of price that the parameters ask for. Raises StripeError for what this fake does not do."""
    ends_trial = given.get("trial_end") == "now"
    if "trial_end" in given and not ends_trial:
        raise bad_request("This fake ends trials only now.", param=f"{prefix}trial_end")
    price = item_of(row)["price"]
    if "items" in given:
        price = _new_price(world, row, given["items"], f"{prefix}items")
    ends_trial = ends_trial and row["status"] == "trialing"
    if price["id"] == item_of(row)["price"]["id"] and not ends_trial:
        return None
    at = world.now if ends_trial else given.get("proration_date", world.now)
    return Change(price, at, ends_trial)


def _new_price(world: World, row: Row, items: list[Row], param: str) -> Row:
    if len(items) != 1 or items[0].get("id") != item_of(row)["id"] or items[0].get("quantity", 1) != 1:
        raise bad_request("This fake's subscriptions have one item: change it by its id.", param=param)
    price = world.find("price", items[0].get("price", ""), param=f"{param}[0][price]")
    old = item_of(row)["price"]
    if not price["recurring"] or price["currency"] != old["currency"]:
        raise bad_request("The price must be recurring, in the subscription's currency.", param=param)
    if price["recurring"] != old["recurring"]:
        raise bad_request("This fake changes only between prices of one interval.", param=param)
    return price


def _change(world: World, row: Row, change: Change, given: Row) -> None:
    if given.get("proration_behavior", "create_prorations") == "create_prorations" and not change.ends_trial:
        raise bad_request(
            "This fake knows the `proration_behavior` always_invoice and none.", param="proration_behavior"
        )
    if given.get("proration_behavior") == "none" and not change.ends_trial:
        with world.changing(row, "customer.subscription.updated"):
            item_of(row)["price"] = change.price
    else:
        change_price(world, row, change, behaviour=given.get("payment_behavior", "allow_incomplete"))


def _set_plain(world: World, row: Row, plain: Row) -> None:
    if "cancel_at_period_end" in plain and row["schedule"]:
        raise bad_request(
            f"The subscription is managed by the subscription schedule `{row['schedule']}`, and updating any"
            " cancelation behavior directly is not allowed. Please update the schedule instead.",
            param="cancel_at_period_end",
        )
    with world.changing(row, "customer.subscription.updated"):
        set_fields(row, plain)
        if plain.get("cancel_at_period_end"):
            row |= {"cancel_at": item_of(row)["current_period_end"], "canceled_at": world.now}
            row["cancellation_details"]["reason"] = "cancellation_requested"
        elif "cancel_at_period_end" in plain:
            row |= {"cancel_at": None, "canceled_at": None}
            row["cancellation_details"]["reason"] = None


@api("DELETE", "/v1/subscriptions/{id}", {"invoice_now": boolean, "prorate": boolean})
def cancel(world: World, id: str, given: Row) -> Row:
    row = _present(world, id)
    if given.get("invoice_now") or given.get("prorate"):
        raise bad_request("This fake pays nothing back when a subscription is canceled.")
    end_at_once(world, row, reason="cancellation_requested")
    return row


def _present(world: World, id: str) -> Row:
    """The subscription, unless it has ended. Raises StripeError."""
    row = world.find("subscription", id)
    if row["ended_at"] is not None:
        raise missing("subscription", id)
    return row
