"""Coming back from Stripe's page proves nothing: the page says "pending" until the rows say that it was paid."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.enums import RequestKind, RequestState, SubscriptionStatus
from billing.ledger import grant
from billing.models import CreditPack, Plan, StripeRequest

NOW = timezone.now
SESSION = "cs_test_1"


@pytest.fixture
def make_request(customer):
    """A request of the stranger whose page of Stripe's is open."""

    def make(**fields) -> StripeRequest:
        fields = {"kind": RequestKind.SUBSCRIBE, "plan": Plan.objects.get(slug="creator")} | fields
        return StripeRequest.objects.create(
            account=customer.account,
            is_live=False,
            object_id=SESSION,
            **{"state": RequestState.SENT, **fields},
        )

    return make


@pytest.fixture
def back(client, cast):
    """Opens the page on which the stranger comes back."""
    client.force_login(cast.stranger)
    return lambda session=SESSION: client.get(f"/billing/return/?session_id={session}")


def test_it_is_pending_and_has_stripe_asked(back, make_request, customer):
    make_request()
    html = back().text
    assert ("<h1>Waiting for your payment</h1>" in html, '<live-region src="/ws/me" fetch>' in html) == (
        True,
        True,
    )
    assert '<meta http-equiv="refresh" content="3">' in html
    customer.refresh_from_db()
    assert customer.wanted_at is not None


def test_stripe_is_asked_once_in_a_few_seconds(back, make_request, customer):
    make_request()
    back()
    customer.refresh_from_db()
    first = customer.wanted_at
    back()
    customer.refresh_from_db()
    assert customer.wanted_at == first


@pytest.mark.parametrize("status", [SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE])
def test_a_plan_that_runs_is_paid(back, make_request, subscribe, status):
    make_request()
    subscribe(status)
    html = back().text
    assert ("<h1>Thank you</h1>" in html, "You have the Creator plan now." in html) == (True, True)
    assert ("<live-region" in html, "http-equiv" in html) == (False, False)


def test_a_plan_whose_first_payment_is_open_is_pending(back, make_request, subscribe):
    make_request()
    subscribe(SubscriptionStatus.PENDING)
    assert "<h1>Waiting for your payment</h1>" in back().text


def test_credits_that_came_are_paid(back, make_request, customer, cast):
    pack = CreditPack.objects.get(slug="credits-500")
    make_request(kind=RequestKind.TOP_UP, plan=None, pack=pack)
    assert "<h1>Waiting for your payment</h1>" in back().text
    grant(owner_id=cast.stranger.pk, amount=500, source="pack", source_id=SESSION, reason="500 credits")
    assert "500 credits were added to yours." in back().text


def test_a_page_that_expired_was_not_paid(back, make_request):
    make_request(state=RequestState.FAILED)
    assert "nothing was charged" in back().text


def test_an_old_page_says_that_nobody_needs_to_pay_twice(back, make_request):
    asked = make_request()
    StripeRequest.objects.filter(pk=asked.pk).update(created_at=NOW() - timedelta(hours=1))
    assert "You do not need to pay again" in back().text


@pytest.mark.parametrize("session", ["", "cs_test_unknown"])
def test_what_is_not_known_leads_to_the_billing_page(back, make_request, session):
    make_request()
    answer = back(session)
    assert (answer.status_code, answer["Location"]) == (302, "/billing/")


def test_the_page_of_another_person_is_not_known(client, cast, make_request):
    make_request()
    client.force_login(cast.other)
    assert client.get(f"/billing/return/?session_id={SESSION}").status_code == 302
