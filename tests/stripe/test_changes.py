"""Changes of plan: at once with a proration, after the bank's step, or planned for the period's end."""

from __future__ import annotations

import pytest
from stripe import CardError, InvalidRequestError

from billing.stripe_fake import ASKS_ALWAYS, FAILS_LATER, people
from billing.stripe_fake.errors import StripeError
from tests.stripe.moments import at, seconds
from tests.stripe.shop import Shop

HALF = "2026-02-14T12:00"


def price_of(subscription: object) -> str:
    return subscription["items"]["data"][0]["price"]["id"]  # type: ignore[index]


def test_half_a_period_costs_half_the_difference(shop: Shop) -> None:
    shop.subscribe()
    shop.world.advance(at(HALF))
    changed = shop.change(shop.studio)
    assert price_of(changed) == shop.studio
    invoice = changed.latest_invoice
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_update")
    assert [each.amount for each in invoice.lines.data] == [-950, 4950]
    assert invoice.lines.data[1].period.start == seconds(HALF)
    assert all(each.parent.subscription_item_details.proration for each in invoice.lines.data)
    shop.world.advance(at("2026-02-28T13:00"))
    assert shop.invoices()[0].total == 9900


def test_a_preview_says_what_the_change_then_costs(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.world.advance(at(HALF))
    item = {"id": subscription["items"]["data"][0]["id"], "price": shop.studio}
    details = {"items": [item], "proration_behavior": "always_invoice", "proration_date": seconds(HALF)}
    before = len(shop.world.events)
    preview = shop.v1.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": details}
    )
    assert (preview.amount_due, len(shop.world.events)) == (4000, before)
    shop.world.advance(at("2026-02-14T12:05"))
    changed = shop.change(shop.studio, proration_date=seconds(HALF))
    assert changed.latest_invoice.amount_paid == 4000


def test_the_preview_of_no_change_is_the_next_renewal(shop: Shop) -> None:
    subscription = shop.subscribe()
    preview = shop.v1.invoices.create_preview({"subscription": subscription.id})
    assert preview.total == 1900
    assert preview.lines.data[0].period.start == seconds("2026-02-28T12:00")
    assert preview.lines.data[0].period.end == seconds("2026-03-31T12:00")


@pytest.mark.parametrize(
    ("card", "status"), [(FAILS_LATER, "requires_payment_method"), (ASKS_ALWAYS, "requires_action")]
)
def test_a_pending_change_waits_for_its_payment(shop: Shop, card: object, status: str) -> None:
    shop.subscribe()
    people.change_card(shop.world, shop.customer, card)
    changed = shop.change(shop.studio, payment_behavior="pending_if_incomplete")
    assert price_of(changed) == shop.creator
    assert changed.status == "active"
    assert changed.pending_update.subscription_items[0].price.id == shop.studio
    [payment] = shop.invoices()[0].payments.data
    assert shop.v1.payment_intents.retrieve(payment.payment.payment_intent).status == status
    if card is ASKS_ALWAYS:
        people.confirm_invoice(shop.world, changed.latest_invoice.id)
    else:
        people.change_card(shop.world, shop.customer, FAILS_LATER)
        assert people.pay_invoice(shop.world, changed.latest_invoice.id) == "succeeded"
    subscription = shop.subscription()
    assert (price_of(subscription), subscription.pending_update) == (shop.studio, None)
    assert "customer.subscription.pending_update_applied" in shop.events()


def test_a_pending_change_expires_after_23_hours(shop: Shop) -> None:
    shop.subscribe(card=FAILS_LATER)
    changed = shop.change(shop.studio, payment_behavior="pending_if_incomplete")
    shop.world.advance(at("2026-02-01T11:00"))
    subscription = shop.subscription()
    assert (price_of(subscription), subscription.pending_update) == (shop.creator, None)
    assert shop.v1.invoices.retrieve(changed.latest_invoice.id).status == "void"
    with pytest.raises(StripeError, match="not open"):
        people.pay_invoice(shop.world, changed.latest_invoice.id)


def test_error_if_incomplete_changes_nothing_when_the_card_is_declined(shop: Shop) -> None:
    shop.subscribe(card=FAILS_LATER)
    with pytest.raises(CardError):
        shop.change(shop.studio, payment_behavior="error_if_incomplete")
    subscription = shop.subscription("latest_invoice")
    assert price_of(subscription) == shop.creator
    assert subscription.latest_invoice.billing_reason == "subscription_create"


def test_a_change_that_ends_the_trial_begins_a_whole_period(shop: Shop) -> None:
    shop.subscribe(trial_days=14)
    shop.world.advance(at("2026-02-05T12:00"))
    changed = shop.change(shop.studio, trial_end="now", payment_behavior="pending_if_incomplete")
    assert (changed.status, price_of(changed)) == ("active", shop.studio)
    item = changed["items"]["data"][0]
    assert (item.current_period_start, item.current_period_end) == (
        seconds("2026-02-05T12:00"),
        seconds("2026-03-05T12:00"),
    )
    assert changed.latest_invoice.total == 9900


def test_a_schedule_changes_the_price_at_the_end_of_the_period(shop: Shop) -> None:
    subscription = shop.subscribe(shop.studio)
    schedule = plan_downgrade(shop, subscription.id)
    assert shop.subscription("schedule").schedule.phases[1]["items"][0].price == shop.creator
    shop.world.advance(at("2026-02-28T12:30"))
    assert price_of(shop.subscription()) == shop.creator
    shop.world.advance(at("2026-02-28T13:00"))
    assert shop.invoices()[0].total == 1900
    shop.world.advance(at("2026-03-28T12:00"))
    shop.world.advance(at("2026-03-31T13:00"))
    assert shop.v1.subscription_schedules.retrieve(schedule).status == "released"
    assert (shop.subscription().schedule, shop.subscription().status) == (None, "active")


def test_a_planned_change_can_be_taken_back(shop: Shop) -> None:
    subscription = shop.subscribe(shop.studio)
    schedule = plan_downgrade(shop, subscription.id)
    with pytest.raises(InvalidRequestError, match="managed by the subscription schedule"):
        shop.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    shop.v1.subscription_schedules.release(schedule)
    assert shop.subscription().schedule is None
    shop.world.advance(at("2026-02-28T13:00"))
    assert shop.invoices()[0].total == 9900


def plan_downgrade(shop: Shop, subscription: str) -> str:
    """Plans the cheaper price for the next period; returns the schedule's id."""
    schedule = shop.v1.subscription_schedules.create({"from_subscription": subscription})
    present = schedule.phases[0]
    phases = [
        {
            "items": [{"price": shop.studio, "quantity": 1}],
            "start_date": present.start_date,
            "end_date": present.end_date,
        },
        {
            "items": [{"price": shop.creator, "quantity": 1}],
            "duration": {"interval": "month", "interval_count": 1},
        },
    ]
    params = {"end_behavior": "release", "proration_behavior": "none", "phases": phases}
    shop.v1.subscription_schedules.update(schedule.id, params)
    return str(schedule.id)
