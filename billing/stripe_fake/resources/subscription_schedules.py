"""Subscription schedules: https://docs.stripe.com/api/subscription_schedules."""

from __future__ import annotations

from billing.stripe_fake.resources.subscriptions import billing_mode, item_of
from billing.stripe_fake.world import Row, World


def schedule_of(world: World, subscription: Row) -> Row:
    """A new schedule whose only phase is the subscription's present period."""
    item = item_of(subscription)
    start, end = item["current_period_start"], item["current_period_end"]
    row = world.add(
        "sub_sched",
        {
            "object": "subscription_schedule",
            "application": None,
            "billing_mode": billing_mode(),
            "canceled_at": None,
            "completed_at": None,
            "created": world.now,
            "current_phase": {"end_date": end, "start_date": start},
            "customer": subscription["customer"],
            "customer_account": None,
            "default_settings": _default_settings(),
            "end_behavior": "release",
            "livemode": world.is_live,
            "metadata": {},
            "phases": [phase(item["price"], start, end, trial_end=subscription["trial_end"])],
            "released_at": None,
            "released_subscription": None,
            "status": "active",
            "subscription": subscription["id"],
            "test_clock": None,
        },
    )
    world.emit("subscription_schedule.created", row)
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["schedule"] = row["id"]
    return row


def phase(price: Row, start: int, end: int, *, trial_end: int | None = None, proration: str = "none") -> Row:
    """A span of time in which the subscription has one price. Moments are in seconds since 1970."""
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": price["currency"],
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": [
            {
                "billing_thresholds": None,
                "discounts": [],
                "metadata": {},
                "price": price["id"],
                "quantity": 1,
                "tax_rates": [],
            }
        ],
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": proration,
        "start_date": start,
        "transfer_data": None,
        "trial_end": trial_end if trial_end == end else None,
    }


def _default_settings() -> Row:
    return {
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": "automatic",
        "billing_thresholds": None,
        "collection_method": "charge_automatically",
        "default_payment_method": None,
        "description": None,
        "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
        "on_behalf_of": None,
        "transfer_data": None,
    }
