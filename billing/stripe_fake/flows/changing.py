"""Changes of price within a period: https://docs.stripe.com/billing/subscriptions/prorations."""

from __future__ import annotations

from dataclasses import dataclass

from billing.stripe_fake.errors import StripeError, bad_request
from billing.stripe_fake.flows import collecting, standing
from billing.stripe_fake.flows.starting import title_of
from billing.stripe_fake.resources.invoice_lines import line
from billing.stripe_fake.resources.invoices import draft
from billing.stripe_fake.resources.payment_intents import DECLINED
from billing.stripe_fake.resources.subscriptions import item_of, period_end
from billing.stripe_fake.world import Row, World

PENDING_S = 23 * 3600
"""An update waits so long for its payment."""


@dataclass(frozen=True)
class Change:
    """The new price, and from when it is charged: in seconds since 1970."""

    price: Row
    at: int
    ends_trial: bool = False


def lines_of(world: World, subscription: Row, change: Change) -> list[Row]:
    """What the change costs: the rest of the period at the new price, less that at the old one.

    With the trial's end, a whole period of the new price begins. In a trial nothing is charged.
    """
    item = item_of(subscription)
    if change.ends_trial:
        return [_line(world, subscription, change.price, change.price["unit_amount"], new_period(change))]
    start, end = item["current_period_start"], item["current_period_end"]
    if not start <= change.at <= end:
        raise bad_request("`proration_date` must be within the current period.", param="proration_date")
    share = 0 if subscription["status"] == "trialing" else (end - change.at) / (end - start)
    rest = (change.at, end)
    old = item["price"]
    return [
        _line(world, subscription, old, -round(old["unit_amount"] * share), rest, "Unused time on {}"),
        _line(
            world,
            subscription,
            change.price,
            round(change.price["unit_amount"] * share),
            rest,
            "Remaining time on {}",
        ),
    ]


def change_price(world: World, subscription: Row, change: Change, *, behaviour: str) -> None:
    """Invoices the change and applies it.

    `behaviour`: what happens if the payment fails, as Stripe's `payment_behavior`. Raises StripeError.
    """
    lines = lines_of(world, subscription, change)
    customer = world.find("customer", subscription["customer"])
    hidden = world.hidden[subscription["id"]]
    collecting.discard_update(world, subscription)
    before = subscription["latest_invoice"]
    invoice = draft(world, customer, lines, reason="subscription_update", subscription=subscription)
    hidden["update"] = {
        "invoice": invoice["id"],
        "price": change.price["id"],
        "period": new_period(change) if change.ends_trial else None,
    }
    collecting.finalize(world, invoice)
    if invoice["status"] == "open" and collecting.collect_by_default(world, invoice) != "succeeded":
        _unpaid(world, subscription, invoice, behaviour, before)


def new_period(change: Change) -> tuple[int, int]:
    return change.at, period_end(change.price, change.at, after=change.at)


def _unpaid(world: World, subscription: Row, invoice: Row, behaviour: str, before: str) -> None:
    if behaviour == "pending_if_incomplete":
        with world.changing(subscription, "customer.subscription.updated"):
            subscription["pending_update"] = _pending(world, subscription)
        return
    if behaviour == "error_if_incomplete":
        collecting.discard_update(world, subscription)
        subscription["latest_invoice"] = before
        raise StripeError(
            402, "card_error", DECLINED["message"], code="card_declined", decline_code="generic_decline"
        )
    with world.changing(subscription, "customer.subscription.updated"):
        standing.apply_update(world, subscription)
        subscription["status"] = "past_due"


def _pending(world: World, subscription: Row) -> Row:
    update = world.hidden[subscription["id"]]["update"]
    item = {**item_of(subscription), "price": world.find("price", update["price"])}
    return {
        "billing_cycle_anchor": update["period"] and update["period"][0],
        "expires_at": world.now + PENDING_S,
        "subscription_items": [item],
        "trial_end": update["period"] and update["period"][0],
        "trial_from_plan": None,
    }


def _line(
    world: World, subscription: Row, price: Row, amount: int, period: tuple[int, int], words: str = "{}"
) -> Row:
    return line(
        world,
        amount=amount,
        description=words.format(title_of(world, price)),
        price=price,
        period=period,
        subscription=subscription,
        is_proration=words != "{}",
    )
