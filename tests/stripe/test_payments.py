"""Payments that work, fail, wait for the bank, are paid back or disputed."""

from __future__ import annotations

import pytest
from stripe import InvalidRequestError

from billing.stripe_fake import ASKS_ALWAYS, ASKS_ONCE, DECLINED, FAILS_LATER, GOOD, people
from billing.stripe_fake.errors import StripeError
from tests.stripe.moments import at
from tests.stripe.shop import Shop


def test_a_declined_card_leaves_the_checkout_open(shop: Shop) -> None:
    session = shop.checkout()
    assert people.pay_checkout(shop.world, session.id, DECLINED) == "declined"
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert shop.v1.subscriptions.list({"customer": shop.customer, "status": "all"}).data == []
    assert people.pay_checkout(shop.world, session.id, GOOD) == "succeeded"
    charges = shop.v1.charges.list({"customer": shop.customer}).data
    assert [each.status for each in charges] == ["succeeded", "failed"]
    assert len({each.payment_intent for each in charges}) == 1


@pytest.mark.parametrize("trial_days", [0, 14])
def test_the_bank_may_ask_first(shop: Shop, trial_days: int) -> None:
    session = shop.checkout(trial_days=trial_days)
    assert people.pay_checkout(shop.world, session.id, ASKS_ONCE) == "requires_action"
    people.confirm_checkout(shop.world, session.id, agrees=False)
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    people.pay_checkout(shop.world, session.id, ASKS_ONCE)
    people.confirm_checkout(shop.world, session.id)
    assert shop.subscription().status == ("trialing" if trial_days else "active")
    with pytest.raises(StripeError, match="complete"):
        people.confirm_checkout(shop.world, session.id)


def test_a_failed_renewal_is_tried_four_times_in_three_weeks(shop: Shop) -> None:
    shop.subscribe(card=FAILS_LATER)
    tries = []
    for day in ("02-28", "03-05", "03-12", "03-21"):
        shop.world.advance(at(f"2026-{day}T13:00"))
        tries.append((shop.invoices()[0].attempt_count, shop.subscription().status))
    assert tries == [(1, "past_due"), (2, "past_due"), (3, "past_due"), (4, "canceled")]
    assert shop.subscription().cancellation_details.reason == "payment_failed"
    assert shop.events().count("invoice.payment_failed") == 4
    shop.world.advance(at("2026-06-01T00:00"))
    assert len(shop.invoices()) == 2


def test_after_the_last_try_a_subscription_can_stay_unpaid(shop: Shop) -> None:
    shop.world.after_retries = "unpaid"
    shop.subscribe(card=FAILS_LATER)
    shop.world.advance(at("2026-03-31T13:00"))
    assert shop.subscription().status == "unpaid"
    newest, owed, _ = shop.invoices()
    assert (newest.status, owed.status) == ("draft", "open")
    assert people.pay_invoice(shop.world, owed.id, GOOD) == "succeeded"
    assert shop.subscription().status == "active"


def test_paying_the_open_invoice_makes_the_subscription_active(shop: Shop) -> None:
    shop.subscribe(card=FAILS_LATER)
    shop.world.advance(at("2026-03-01T12:00"))
    invoice = shop.invoices()[0]
    assert people.pay_invoice(shop.world, invoice.id, DECLINED) == "declined"
    assert shop.invoices()[0].attempt_count == 1
    assert people.pay_invoice(shop.world, invoice.id, GOOD) == "succeeded"
    assert shop.subscription().status == "active"
    assert shop.events().count("invoice.paid") == shop.events().count("invoice.payment_succeeded") == 2


def test_a_better_card_is_used_by_the_next_try(shop: Shop) -> None:
    shop.subscribe(card=FAILS_LATER)
    shop.world.advance(at("2026-03-01T12:00"))
    people.change_card(shop.world, shop.customer, GOOD)
    assert shop.subscription().status == "past_due"
    shop.world.advance(at("2026-03-05T13:00"))
    assert shop.subscription().status == "active"


def test_a_renewal_can_wait_for_the_bank(shop: Shop) -> None:
    shop.subscribe()
    people.change_card(shop.world, shop.customer, ASKS_ALWAYS)
    shop.world.advance(at("2026-02-28T13:00"))
    assert shop.subscription().status == "past_due"
    assert "invoice.payment_action_required" in shop.events()
    invoice = shop.invoices()[0]
    people.confirm_invoice(shop.world, invoice.id)
    assert shop.subscription().status == "active"


def test_a_pack_is_paid_once_with_an_invoice(shop: Shop) -> None:
    session = shop.checkout(
        shop.pack,
        mode="payment",
        payment_intent_data={"metadata": {"pack": "small"}},
        invoice_creation={"enabled": True},
    )
    people.pay_checkout(shop.world, session.id)
    session = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent", "line_items"]})
    assert session.payment_intent.metadata.to_dict() == {"pack": "small"}
    assert session.line_items.data[0].price.id == shop.pack
    [invoice] = shop.invoices()
    assert (invoice.total, invoice.status, invoice.parent) == (1500, "paid", None)
    assert invoice.payments.data[0].payment.payment_intent == session.payment_intent.id


def test_an_abandoned_checkout_expires(shop: Shop) -> None:
    session = shop.checkout()
    shop.world.advance(at("2026-02-01T12:00"))
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "expired"
    with pytest.raises(StripeError, match="expired"):
        people.pay_checkout(shop.world, session.id)
    with pytest.raises(InvalidRequestError, match="Only Checkout Sessions"):
        shop.v1.checkout.sessions.expire(session.id)


def test_refunds_add_up_to_the_charge(shop: Shop) -> None:
    shop.subscribe()
    charge = people.charge_of(shop.world, shop.invoices()[0].id)
    people.refund(shop.world, charge, 400)
    people.refund(shop.world, charge)
    row = shop.v1.charges.retrieve(charge, {"expand": ["refunds"]})
    assert (row.amount_refunded, row.refunded) == (1900, True)
    assert [each.amount for each in row.refunds.data] == [1500, 400]
    with pytest.raises(ValueError, match="already been refunded"):
        people.refund(shop.world, charge)


def test_a_charge_has_ten_of_its_refunds_and_their_own_list_has_all(shop: Shop) -> None:
    shop.subscribe()
    charge = people.charge_of(shop.world, shop.invoices()[0].id)
    made = [shop.v1.refunds.create({"charge": charge, "amount": 1}).id for _ in range(12)]
    inside = shop.v1.charges.retrieve(charge, {"expand": ["refunds"]}).refunds
    assert ([each.id for each in inside.data], inside.has_more) == (made[:1:-1], True)
    listed = shop.v1.refunds.list({"charge": charge, "limit": 100})
    assert [each.id for each in listed.data] == made[::-1]


def test_an_invoice_has_a_payment(shop: Shop) -> None:
    shop.subscribe()
    invoice = shop.invoices()[0].id
    [paid] = shop.v1.invoice_payments.list({"invoice": invoice}).data
    assert (paid.status, paid.invoice, paid.amount_paid) == ("paid", invoice, 1900)


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_names_its_charge_and_ends(shop: Shop, end: str) -> None:
    shop.subscribe()
    charge = people.charge_of(shop.world, shop.invoices()[0].id)
    dispute = people.open_dispute(shop.world, charge)
    [row] = shop.v1.disputes.list({"charge": charge}).data
    assert (row.id, row.amount, row.status, "customer" in row) == (dispute, 1900, "needs_response", False)
    assert shop.v1.charges.retrieve(charge).disputed
    people.close_dispute(shop.world, dispute, end)
    assert shop.v1.disputes.retrieve(dispute).status == end
    assert ("charge.dispute.funds_reinstated" in shop.events()) == (end == "won")
