"""Starts subscriptions, as Checkout does once the first payment has succeeded."""

from __future__ import annotations

from billing.stripe_fake.flows import collecting
from billing.stripe_fake.resources.invoice_lines import line
from billing.stripe_fake.resources.invoices import draft
from billing.stripe_fake.resources.subscriptions import item_of, new_subscription
from billing.stripe_fake.world import Row, World


def start_subscription(
    world: World,
    customer: Row,
    price: Row,
    *,
    payment_method: str,
    trial_days: int,
    metadata: Row,
    intent: Row | None,
) -> Row:
    """`intent`: the payment of the first period, which has succeeded; None for a trial."""
    row = new_subscription(
        world, customer, price, payment_method=payment_method, trial_days=trial_days, metadata=metadata
    )
    item = item_of(row)
    first = line(
        world,
        amount=0 if trial_days else price["unit_amount"],
        description=title_of(world, price, is_trial=bool(trial_days)),
        price=price,
        period=(item["current_period_start"], item["current_period_end"]),
        subscription=row,
    )
    world.emit("customer.subscription.created", row)
    invoice = draft(world, customer, [first], reason="subscription_create", subscription=row)
    collecting.finalize(world, invoice, intent=intent)
    if intent is not None:
        collecting.settle(world, invoice)
    return row


def title_of(world: World, price: Row, *, is_trial: bool = False) -> str:
    """What a line of an invoice says about a price."""
    name = world.find("product", price["product"])["name"]
    if is_trial:
        return f"Trial period for {name}"
    return f"1 × {name} (at {price['unit_amount'] / 100:.2f} {price['currency'].upper()})"
