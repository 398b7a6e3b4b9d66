"""Stripe is away, fails before or after it did the work, or its answer is lost: the next click ends with one object."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from billing.models import Customer, StripeRequest
from billing.payments import requests
from billing.payments.changes import cancel_subscription, change_subscription, resume_subscription
from billing.payments.checkout import start_subscription, start_top_up
from billing.payments.portal import open_portal
from billing.stripe_fake import Fault
from creator.lib.errors import Refused
from tests.billing.payments.buying import Buyer, pack, plan

CHARGED_ONCE = [1900, pytest.approx(8000, abs=100)]


@dataclass
class Click:
    """A button: what has to be there first, what it does, and the objects at Stripe that it must leave."""

    before: Callable[[Buyer], Any]
    act: Callable[[Buyer], Any]
    left: Callable[[Buyer], Any]
    expected: Any
    path: str
    """What is asked of Stripe last."""


def charged(buyer: Buyer) -> list[int]:
    return [row["amount"] for row in buyer.charges()]


def nothing(buyer: Buyer) -> None: ...


def schedules(buyer: Buyer) -> list[int]:
    """How many phases each schedule that is in force has."""
    rows = buyer.world.all("subscription_schedule")
    return [len(row["phases"]) for row in rows if row["status"] == "active"]


def cancelled(buyer: Buyer) -> list[bool]:
    return [row["cancel_at_period_end"] for row in buyer.subscriptions()]


def has_cancelled(buyer: Buyer) -> None:
    buyer.subscribe("creator")
    cancel_subscription(buyer.user)
    buyer.look()


CLICKS = {
    "customer": Click(
        nothing,
        lambda buyer: start_top_up(buyer.user, pack()),
        lambda buyer: (len(buyer.world.all("customer")), len(buyer.sessions())),
        (1, 1),
        "/v1/customers",
    ),
    "subscribe": Click(
        nothing,
        lambda buyer: start_subscription(buyer.user, plan("studio")),
        lambda buyer: (len(buyer.world.all("customer")), len(buyer.sessions())),
        (1, 1),
        "/v1/checkout/sessions",
    ),
    "top_up": Click(
        nothing,
        lambda buyer: start_top_up(buyer.user, pack()),
        lambda buyer: (len(buyer.world.all("customer")), len(buyer.sessions())),
        (1, 1),
        "/v1/checkout/sessions",
    ),
    "upgrade": Click(
        lambda buyer: buyer.subscribe("creator"),
        lambda buyer: change_subscription(buyer.user, plan("studio")),
        lambda buyer: (buyer.price(), charged(buyer)),
        ("studio", CHARGED_ONCE),
        "/v1/subscriptions/",
    ),
    "schedule": Click(
        lambda buyer: buyer.subscribe("studio"),
        lambda buyer: change_subscription(buyer.user, plan("creator")),
        lambda buyer: (buyer.price(), charged(buyer), schedules(buyer)),
        ("studio", [9900], [2]),
        "/v1/subscription_schedules",
    ),
    "downgrade": Click(
        lambda buyer: buyer.subscribe("studio"),
        lambda buyer: change_subscription(buyer.user, plan("creator")),
        lambda buyer: (buyer.price(), charged(buyer), schedules(buyer)),
        ("studio", [9900], [2]),
        "/v1/subscription_schedules/",
    ),
    "cancel": Click(
        lambda buyer: buyer.subscribe("creator"),
        lambda buyer: cancel_subscription(buyer.user),
        cancelled,
        [True],
        "/v1/subscriptions/",
    ),
    "resume": Click(
        has_cancelled,
        lambda buyer: resume_subscription(buyer.user),
        cancelled,
        [False],
        "/v1/subscriptions/",
    ),
    "portal": Click(
        lambda buyer: start_top_up(buyer.user, pack()),
        lambda buyer: open_portal(buyer.user),
        lambda buyer: len(buyer.world.all("customer")),
        1,
        "/v1/billing_portal/sessions",
    ),
}
FAULTS = ("refused", "500_before", "500_after", "lost_after")


@pytest.fixture
def buyer(cast, world) -> Buyer:
    return Buyer(cast.owner, world)


def refused(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refusal:
        act()
    return refusal.value


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("click", CLICKS.values(), ids=CLICKS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_click_that_failed_is_repeated_once_and_for_all(buyer, click, fault, times):
    click.before(buyer)
    buyer.world.faults.add(Fault(fault, click.path, method="POST", times=times))
    refusals = press(buyer, click)
    assert 1 <= len(refusals) <= times
    assert {(each.code, each.headers["Retry-After"]) for each in refusals} == {("payments_away", "60")}
    assert press(buyer, click) == []
    assert click.left(buyer) == click.expected


def press(buyer: Buyer, click: Click, *, at_most: int = 10) -> list[Refused]:
    """Presses until it works; returns the refusals before."""
    refusals: list[Refused] = []
    for _ in range(at_most):
        try:
            click.act(buyer)
        except Refused as refusal:
            refusals.append(refusal)
        else:
            return refusals
    raise AssertionError(f"Refused {at_most} times: {refusals[-1].message}")


@pytest.mark.parametrize("click", CLICKS.values(), ids=CLICKS)
def test_a_stripe_that_is_away_leaves_everything_as_it_was(buyer, click):
    click.before(buyer)
    before = (click.left(buyer), list(Customer.objects.values_list("customer_id", flat=True)))
    buyer.world.faults.add(Fault("refused", times=None))
    for _ in range(3):
        assert refused(lambda: click.act(buyer)).code == "payments_away"
    assert (click.left(buyer), list(Customer.objects.values_list("customer_id", flat=True))) == before
    buyer.world.faults.clear()
    click.act(buyer)
    assert click.left(buyer) == click.expected


@pytest.mark.parametrize("name", ["customer", "subscribe", "top_up"])
def test_twin_with_a_new_key_for_each_click_makes_two(buyer, name, monkeypatch):
    """What the rows and their keys are for: an answer that is lost is asked for again, not done again."""
    click = CLICKS[name]
    monkeypatch.setattr(requests, "_key", lambda request, step: None)
    click.before(buyer)
    buyer.world.faults.add(Fault("lost_after", click.path, method="POST"))
    refused(lambda: click.act(buyer))
    click.act(buyer)
    assert click.left(buyer) in ((1, 2), (2, 1))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["subscribe", "top_up", "upgrade", "cancel"])
def test_clicks_at_once_are_one(cast, world, name):
    buyer, click = Buyer(cast.owner, world), CLICKS[name]
    click.before(buyer)
    together = Barrier(6)

    def press_with_others(_: int) -> Any:
        together.wait()
        try:
            return click.act(buyer)
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(press_with_others, range(6)))
    assert [each for each in results if isinstance(each, Refused)] == []
    assert click.left(buyer) == click.expected
    kinds = StripeRequest.objects.filter(state__in=("asked", "sent")).values_list("kind", flat=True)
    assert len(kinds) == len(set(kinds))
