"""Ends of subscriptions: https://docs.stripe.com/billing/subscriptions/cancel."""

from __future__ import annotations

from billing.stripe_fake.resources.invoices import invoices_of
from billing.stripe_fake.world import Row, World


def end_at_once(world: World, subscription: Row, *, reason: str) -> None:
    """Ends the subscription now and stops collecting what is open."""
    subscription |= {
        "status": "canceled",
        "ended_at": world.now,
        "canceled_at": subscription["canceled_at"] or world.now,
        "cancel_at_period_end": False,
        "pending_update": None,
    }
    world.hidden[subscription["id"]].pop("update", None)
    subscription["cancellation_details"]["reason"] = reason
    for invoice in invoices_of(world, subscription):
        if invoice["status"] in ("draft", "open"):
            invoice |= {
                "auto_advance": False,
                "automatically_finalizes_at": None,
                "next_payment_attempt": None,
            }
    _end_schedule(world, subscription)
    world.emit("customer.subscription.deleted", subscription)


def _end_schedule(world: World, subscription: Row) -> None:
    if subscription["schedule"]:
        schedule = world.find("subscription_schedule", subscription["schedule"])
        schedule |= {"status": "canceled", "canceled_at": world.now, "current_phase": None}
        subscription["schedule"] = None
        world.emit("subscription_schedule.canceled", schedule)
