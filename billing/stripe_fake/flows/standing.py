"""What a payment or its failure does to a subscription: its status, and an update that waited for the payment."""

from __future__ import annotations

from billing.stripe_fake.flows.ending import end_at_once
from billing.stripe_fake.resources.invoices import invoices_of
from billing.stripe_fake.world import Row, World


def is_pending_update(world: World, subscription: Row, invoice: Row) -> bool:
    """Whether the subscription changes only once this invoice is paid."""
    return bool(world.hidden[subscription["id"]].get("update", {}).get("invoice") == invoice["id"])


def after_payment(world: World, subscription: Row, invoice: Row) -> None:
    waited = subscription["pending_update"] is not None
    with world.changing(subscription, "customer.subscription.updated"):
        if is_pending_update(world, subscription, invoice):
            apply_update(world, subscription)
        owes = any(each["status"] == "open" for each in invoices_of(world, subscription))
        if subscription["status"] in ("past_due", "unpaid") and not owes:
            subscription["status"] = "active"
    if waited and subscription["pending_update"] is None:
        world.emit("customer.subscription.pending_update_applied", subscription)


def after_failure(world: World, subscription: Row, *, is_last: bool) -> None:
    """`is_last`: no retry follows."""
    if is_last and world.after_retries == "canceled":
        end_at_once(world, subscription, reason="payment_failed")
        return
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["status"] = "unpaid" if is_last else "past_due"


def apply_update(world: World, subscription: Row) -> None:
    """Gives the subscription its new price, and a new period where the update begins one."""
    update = world.hidden[subscription["id"]].pop("update")
    item = subscription["items"]["data"][0]
    item["price"] = world.find("price", update["price"])
    if update["period"]:
        item |= {"current_period_start": update["period"][0], "current_period_end": update["period"][1]}
        subscription |= {
            "billing_cycle_anchor": update["period"][0],
            "status": "active",
            "trial_end": update["period"][0],
        }
    subscription["pending_update"] = None
