"""Subscriptions with one item, whose period is on the item: https://docs.stripe.com/api/subscriptions."""

from __future__ import annotations

from billing.stripe_fake.lists import whole_list
from billing.stripe_fake.months import next_period_end
from billing.stripe_fake.world import Row, World

DAY_S = 24 * 3600

EMPTY = (
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "cancel_at",
    "canceled_at",
    "customer_account",
    "days_until_due",
    "default_source",
    "description",
    "ended_at",
    "latest_invoice",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
)
"""Fields that stay empty on a new subscription: later ones are filled in, and others this product does not use."""


def new_subscription(
    world: World, customer: Row, price: Row, *, payment_method: str, trial_days: int, metadata: Row
) -> Row:
    """A subscription that begins now, with its trial or with its first period. The caller emits the event."""
    trial_end = world.now + trial_days * DAY_S if trial_days else None
    anchor = trial_end or world.now
    row = world.add(
        "sub",
        {
            "object": "subscription",
            **dict.fromkeys(EMPTY),
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": anchor,
            "billing_mode": billing_mode(),
            "billing_schedules": [],
            "cancel_at_period_end": False,
            "cancellation_details": {"comment": None, "feedback": None, "reason": None},
            "collection_method": "charge_automatically",
            "created": world.now,
            "currency": price["currency"],
            "customer": customer["id"],
            "default_payment_method": payment_method,
            "default_tax_rates": [],
            "discounts": [],
            "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
            "livemode": world.is_live,
            "metadata": metadata,
            "payment_settings": {
                "payment_method_options": None,
                "payment_method_types": None,
                "save_default_payment_method": "off",
            },
            "start_date": world.now,
            "status": "trialing" if trial_end else "active",
            "trial_end": trial_end,
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "trial_start": world.now if trial_end else None,
        },
    )
    end = trial_end or period_end(price, anchor, after=world.now)
    row["items"] = whole_list(
        [_item(world, row, price, end)], f"/v1/subscription_items?subscription={row['id']}"
    )
    return row


def billing_mode() -> Row:
    """The mode that new subscriptions have."""
    return {"flexible": {"proration_discounts": "included"}, "type": "flexible"}


def period_end(price: Row, anchor: int, *, after: int) -> int:
    """The end of the period of this price in which the moment after `after` is."""
    recurring = price["recurring"]
    months = recurring["interval_count"] * (12 if recurring["interval"] == "year" else 1)
    return next_period_end(anchor, after, months=months)


def item_of(subscription: Row) -> Row:
    """The subscription's only item."""
    item: Row = subscription["items"]["data"][0]
    return item


def _item(world: World, subscription: Row, price: Row, end: int) -> Row:
    return {
        "id": world.new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now,
        "current_period_end": end,
        "current_period_start": world.now,
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": 1,
        "subscription": subscription["id"],
        "tax_rates": [],
    }
