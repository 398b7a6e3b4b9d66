"""Lets the time until a subscription's next step pass, for people who try out what happens then.

The clock stays with that of the installation, so that its pages go on working: the subscription's own
dates move back instead.
"""

from __future__ import annotations

from typing import Any

from billing.stripe_fake.clock import Due, all_due
from billing.stripe_fake.resources.invoices import invoices_of
from billing.stripe_fake.resources.subscriptions import item_of
from billing.stripe_fake.world import Row, World


def next_step(world: World, subscription: Row) -> Due | None:
    """What happens next to a subscription or to one of its invoices."""
    ids = {subscription["id"], *(each["id"] for each in invoices_of(world, subscription))}
    return next((due for due in all_due(world) if due.of in ids), None)


def bring_near(world: World, subscription: Row) -> None:
    """Moves the dates of a subscription back by the time until its next step, which is then due.

    A trial that is over stays where it is, as the lines of its invoice do: moved, it would end before they begin.
    """
    step = next_step(world, subscription)
    passes = max(0, step.at - world.now) if step else 0
    with world.changing(subscription, "customer.subscription.updated"):
        _move(subscription, passes, "start_date", "cancel_at")
        if subscription["status"] == "trialing":
            _move(subscription, passes, "trial_start", "trial_end")
        _move(item_of(subscription), passes, "current_period_start", "current_period_end")
        _move(subscription["pending_update"], passes, "expires_at")
        # Months are counted from here on, so that the next period is a whole one.
        subscription["billing_cycle_anchor"] = item_of(subscription)["current_period_end"]
    for invoice in invoices_of(world, subscription):
        _move(invoice, passes, "automatically_finalizes_at", "next_payment_attempt")
    if subscription["schedule"]:
        schedule = world.find("subscription_schedule", subscription["schedule"])
        for each in (schedule["current_phase"], *schedule["phases"]):
            _move(each, passes, "start_date", "end_date")


def _move(row: dict[str, Any] | None, passes: int, *names: str) -> None:
    for name in names:
        if row is not None and row[name] is not None:
            row[name] -= passes
