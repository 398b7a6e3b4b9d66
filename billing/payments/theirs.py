"""Reads Stripe's subscriptions and schedules for changes of them."""

from __future__ import annotations

from typing import Any

import stripe

LIVE = frozenset({"incomplete", "trialing", "active", "past_due"})
"""Statuses of a subscription that is or may still be paid."""
UNPAID = frozenset({"incomplete", "past_due"})


def item_of(subscription: stripe.Subscription) -> stripe.SubscriptionItem:
    """Ours have one item, the plan's price."""
    item: stripe.SubscriptionItem = subscription["items"].data[0]
    return item


def has_price(subscription: stripe.Subscription, price_id: str) -> bool:
    """Whether it has this price, or will have it once its invoice is paid."""
    pending = subscription.pending_update
    items = [item_of(subscription), *((pending and pending.subscription_items) or ())]
    return any(item.price.id == price_id for item in items)


def page_to_pay(subscription: stripe.Subscription) -> str | None:
    """Stripe's page of the invoice that a change waits for: https://docs.stripe.com/billing/subscriptions/pending-updates."""
    invoice = subscription.latest_invoice
    if not subscription.pending_update or not isinstance(invoice, stripe.Invoice):
        return None
    return invoice.hosted_invoice_url


def ends(subscription: stripe.Subscription) -> bool:
    """Whether it is cancelled for a time to come."""
    return bool(subscription.cancel_at_period_end or subscription.cancel_at)


def phases(
    schedule: stripe.SubscriptionSchedule, subscription: stripe.Subscription, price_id: str
) -> list[dict[str, Any]]:
    """What a schedule has to hold for a change to `price_id` at the period's end: the present phase, then one month."""
    item, current = item_of(subscription), schedule.current_phase
    present: dict[str, Any] = {
        "items": [{"price": item.price.id, "quantity": 1}],
        "start_date": current.start_date if current else item.current_period_start,
        "end_date": item.current_period_end,
    }
    if subscription.status == "trialing":
        present["trial_end"] = item.current_period_end
    following = {
        "items": [{"price": price_id, "quantity": 1}],
        "duration": {"interval": "month", "interval_count": 1},
    }
    return [present, following]
