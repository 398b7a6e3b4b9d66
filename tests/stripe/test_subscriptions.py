"""Subscriptions over months: trial, renewal, change, end."""

from __future__ import annotations

from datetime import UTC, datetime

from billing.stripe_fake import people
from tests.stripe.shop import Shop


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seconds(text: str) -> int:
    return int(at(text).timestamp())


def period(subscription: object) -> tuple[int, int]:
    item = subscription["items"]["data"][0]  # type: ignore[index]
    return item["current_period_start"], item["current_period_end"]


def test_a_paid_checkout_starts_a_subscription_with_one_paid_invoice(shop: Shop) -> None:
    session = shop.checkout()
    assert people.pay_checkout(shop.world, session.id) == "succeeded"
    session = shop.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    subscription = shop.subscription()
    assert subscription.status == "active"
    assert period(subscription) == (seconds("2026-01-31T12:00"), seconds("2026-02-28T12:00"))
    [invoice] = shop.invoices()
    assert (invoice.status, invoice.total, invoice.billing_reason) == ("paid", 1900, "subscription_create")
    assert invoice.parent.subscription_details.subscription == subscription.id


def test_periods_end_on_the_anchors_day_or_the_months_last(shop: Shop) -> None:
    shop.subscribe()
    ends = []
    for month in ("02-28", "03-31", "04-30", "05-31"):
        ends.append(period(shop.subscription())[1])
        assert ends[-1] == seconds(f"2026-{month}T12:00")
        shop.world.advance(at(f"2026-{month}T13:00"))
        assert shop.invoices()[0].status == "paid"
    assert len(shop.invoices()) == 5


def test_a_renewal_is_a_draft_for_an_hour(shop: Shop) -> None:
    shop.subscribe()
    shop.world.advance(at("2026-02-28T12:59"))
    assert shop.invoices()[0].status == "draft"
    shop.world.advance(at("2026-02-28T13:00"))
    assert shop.invoices()[0].status == "paid"
    assert shop.invoices()[0].lines.data[0].period.end == seconds("2026-03-31T12:00")


def test_a_trial_costs_nothing_and_is_paid_when_it_ends(shop: Shop) -> None:
    trial = shop.subscribe(trial_days=14)
    assert trial.status == "trialing"
    assert [(each.total, each.status) for each in shop.invoices()] == [(0, "paid")]
    shop.world.advance(at("2026-02-11T12:00"))
    assert shop.events()[-1] == "customer.subscription.trial_will_end"
    shop.world.advance(at("2026-02-14T13:00"))
    subscription = shop.subscription()
    assert subscription.status == "active"
    assert period(subscription) == (seconds("2026-02-14T12:00"), seconds("2026-03-14T12:00"))
    assert [(each.total, each.status) for each in shop.invoices()] == [(1900, "paid"), (0, "paid")]
