"""Events: what is sent, how it is signed, and what can be asked for later."""

from __future__ import annotations

import json

import pytest
from stripe import SignatureVerificationError, StripeClient, Webhook

from billing.stripe_fake import SECRET, people
from tests.stripe.moments import at, seconds
from tests.stripe.shop import Shop

FIRST_PAYMENT = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "payment_method.attached",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "checkout.session.completed",
]


def test_a_first_payment_is_told_by_these_events(shop: Shop) -> None:
    session = shop.checkout()
    before = len(shop.events())
    people.pay_checkout(shop.world, session.id)
    assert shop.events()[before:] == FIRST_PAYMENT


def test_events_are_delivered_signed_after_the_work_is_done(shop: Shop) -> None:
    session = shop.checkout()
    sent: list[tuple[str, str]] = []

    def deliver(payload: bytes, signature: str) -> None:
        event = Webhook.construct_event(payload, signature, SECRET)
        sent.append((event.type, shop.v1.checkout.sessions.retrieve(session.id).status))

    shop.world.deliver = deliver
    people.pay_checkout(shop.world, session.id)
    assert sent == [(each, "complete") for each in FIRST_PAYMENT]


def test_each_secret_verifies_during_a_rotation(shop: Shop) -> None:
    shop.world.webhook_secrets = ["whsec_old", "whsec_new"]
    payload, signature = shop.world.signed(shop.world.events[0])
    for secret in ("whsec_old", "whsec_new"):
        assert Webhook.construct_event(payload, signature, secret)
    with pytest.raises(SignatureVerificationError):
        Webhook.construct_event(payload, signature, "whsec_other")
    with pytest.raises(SignatureVerificationError):
        Webhook.construct_event(payload.replace(b"evt_", b"evt-"), signature, "whsec_old")


def test_an_update_says_what_changed(shop: Shop) -> None:
    shop.v1.customers.update(shop.customer, {"email": "new@shop.test"})
    event = json.loads(shop.world.signed(shop.world.events[-1])[0])
    assert event["type"] == "customer.updated"
    assert event["data"]["previous_attributes"] == {"email": "ann@shop.test"}
    assert event["request"]["id"].startswith("req_")
    before = len(shop.events())
    shop.v1.customers.update(shop.customer, {"email": "new@shop.test"})
    assert len(shop.events()) == before


def test_events_are_listed_newest_first_in_pages(shop: Shop) -> None:
    shop.subscribe()
    shop.world.advance(at("2026-02-28T13:00"))
    listed = [each.id for each in shop.v1.events.list({"limit": 3}).auto_paging_iter()]
    assert listed == [each["id"] for each in reversed(shop.world.events)]
    since = {"created": {"gte": seconds("2026-02-28T13:00")}, "types": ["invoice.*"]}
    types = [each.type for each in shop.v1.events.list(since).data]
    assert types == ["invoice.payment_succeeded", "invoice.paid", "invoice.finalized"]


def test_events_are_kept_for_30_days(shop: Shop) -> None:
    shop.world.advance(at("2026-03-02T11:59"))
    assert shop.v1.events.list({"limit": 100}).data != []
    shop.world.advance(at("2026-03-02T12:00"))
    assert shop.v1.events.list({"limit": 100}).data == []


def test_a_page_before_an_event_has_the_newer_ones(shop: Shop, client: StripeClient) -> None:
    newest_first = [each["id"] for each in reversed(shop.world.events)]
    page = client.v1.events.list({"ending_before": newest_first[4], "limit": 2})
    assert ([each.id for each in page.data], page.has_more) == (newest_first[2:4], True)
