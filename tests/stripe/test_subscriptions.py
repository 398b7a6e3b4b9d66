"""Subscriptions over months: trial, renewal, change, end."""

from __future__ import annotations

import pytest
from stripe import InvalidRequestError

from billing.stripe_fake import people
from tests.stripe.moments import at, seconds
from tests.stripe.shop import Shop


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


def test_a_subscription_that_is_cancelled_runs_to_the_end_of_its_period(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert shop.subscription().cancel_at == seconds("2026-02-28T12:00")
    shop.world.advance(at("2026-02-28T11:59"))
    assert shop.subscription().status == "active"
    shop.world.advance(at("2026-02-28T12:00"))
    assert shop.subscription().status == "canceled"
    assert shop.events()[-1] == "customer.subscription.deleted"
    shop.world.advance(at("2026-06-01T00:00"))
    assert len(shop.invoices()) == 1


def test_a_cancellation_can_be_taken_back(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    shop.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert shop.subscription().cancel_at is None
    shop.world.advance(at("2026-02-28T13:00"))
    assert shop.subscription().status == "active"


def test_a_subscription_can_end_at_once(shop: Shop) -> None:
    subscription = shop.subscribe()
    assert shop.v1.subscriptions.cancel(subscription.id).status == "canceled"
    assert shop.v1.subscriptions.list({"customer": shop.customer}).data == []
    with pytest.raises(InvalidRequestError, match="No such subscription"):
        shop.v1.subscriptions.cancel(subscription.id)


def test_a_deleted_customer_has_no_running_subscription(shop: Shop) -> None:
    shop.subscribe()
    people.delete_customer(shop.world, shop.customer)
    assert shop.v1.customers.retrieve(shop.customer).deleted
    assert shop.subscription().status == "canceled"
    assert shop.events()[-2:] == ["customer.subscription.deleted", "customer.deleted"]
    with pytest.raises(InvalidRequestError, match="No such customer"):
        shop.checkout()
