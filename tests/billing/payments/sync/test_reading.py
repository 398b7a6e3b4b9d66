"""Stripe's objects → facts. The table of statuses is Stripe's own list, from the description of its API."""

from datetime import UTC, datetime

import pytest

from billing.enums import SubscriptionStatus as Ours
from billing.payments.sync.reading import STATUSES, read_facts, read_invoice, read_subscription
from tests.billing.payments.sync import objects as stripe


def when(text):
    return datetime.fromtimestamp(stripe.at(text), UTC)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("incomplete", Ours.PENDING),
        ("trialing", Ours.TRIAL),
        ("active", Ours.ACTIVE),
        ("past_due", Ours.PAST_DUE),
        ("unpaid", Ours.ENDED),
        ("canceled", Ours.ENDED),
        ("incomplete_expired", Ours.ENDED),
        ("paused", Ours.ENDED),
    ],
)
def test_each_status_of_theirs_is_one_of_ours(theirs, ours):
    assert read_subscription(stripe.subscription(status=theirs)).status == ours


def test_no_status_of_theirs_is_missing():
    assert len(STATUSES) == 8
    with pytest.raises(KeyError):
        read_subscription(stripe.subscription(status="hibernating"))


def test_the_period_is_that_of_the_item():
    read = read_subscription(stripe.subscription(starts="2026-01-31", ends="2026-02-28"))
    assert (read.period_starts_at, read.period_ends_at) == (when("2026-01-31"), when("2026-02-28"))


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, None),
        ({"cancel_at_period_end": True}, "2026-02-01"),
        ({"cancel_at": stripe.at("2026-01-20")}, "2026-01-20"),
        ({"cancel_at_period_end": True, "cancel_at": stripe.at("2026-02-01")}, "2026-02-01"),
        ({"status": "canceled", "ended_at": stripe.at("2026-01-09")}, "2026-01-09"),
    ],
    ids=["goes on", "at the period's end", "at a day", "both", "has ended"],
)
def test_when_it_ends(changes, ends):
    assert read_subscription(stripe.subscription(**changes)).ends_at == (ends and when(ends))


@pytest.mark.parametrize(
    ("schedule", "price"),
    [
        (None, ""),
        ("sub_sched_not_expanded", ""),
        (
            stripe.schedule(
                stripe.phase("price_studio", "2026-01-01"), stripe.phase("price_creator", "2026-02-01")
            ),
            "price_creator",
        ),
        (stripe.schedule(stripe.phase("price_studio", "2026-01-01")), ""),
        (
            stripe.schedule(
                stripe.phase("price_studio", "2026-01-01"), stripe.phase("price_studio", "2026-02-01")
            ),
            "",
        ),
        (
            stripe.schedule(
                stripe.phase("price_studio", "2026-01-01"),
                stripe.phase("price_creator", "2026-02-01"),
                status="released",
            ),
            "",
        ),
    ],
    ids=["none", "only its id", "a downgrade", "one phase", "the same price", "released"],
)
def test_a_downgrade_that_waits_is_in_the_schedule(schedule, price):
    read = read_subscription(stripe.subscription(price="price_studio", schedule=schedule))
    assert (read.price_id, read.next_price_id) == ("price_studio", price)


@pytest.mark.parametrize(
    ("changes", "unpaid"),
    [
        ({"status": "canceled", "cancellation_details": {"reason": "cancellation_requested"}}, False),
        ({"status": "canceled", "cancellation_details": {"reason": "payment_failed"}}, True),
        ({"status": "unpaid"}, True),
        ({"status": "paused"}, True),
    ],
)
def test_why_it_ended(changes, unpaid):
    assert read_subscription(stripe.subscription(**changes)).ends_unpaid is unpaid


def test_a_draft_has_neither_number_nor_page():
    read = read_invoice(
        stripe.invoice(
            status="draft", number=None, hosted_invoice_url=None, status_transitions={"finalized_at": None}
        )
    )
    assert (read.number, read.hosted_url, read.due_at) == ("", "", when("2026-01-01"))


def test_an_invoice_names_its_subscription_in_parent_and_its_payments():
    read = read_invoice(stripe.invoice())
    assert (read.subscription_id, read.payment_ids, read.due_at) == (
        "sub_1",
        ("pi_1",),
        when("2026-01-01T01:00"),
    )


@pytest.mark.parametrize(
    ("payment", "needs_step"),
    [
        ({"status": "requires_action"}, True),
        (
            {"status": "requires_payment_method", "last_payment_error": {"code": "authentication_required"}},
            True,
        ),
        ({"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}}, False),
        ({"status": "requires_payment_method", "last_payment_error": None}, False),
    ],
)
def test_a_payment_that_its_person_has_to_confirm(payment, needs_step):
    unpaid = stripe.invoice(status="open")
    facts = read_facts(stripe.CUSTOMER, [], [unpaid], [], [], payments=[{"id": "pi_1", **payment}])
    assert facts.invoices[0].needs_step is needs_step


def test_what_staff_add_to_an_invoice_is_no_line_of_its_subscription():
    fee = stripe.line("price_setup", "2026-01-03", "2026-01-03")
    fee |= {"pricing": None, "parent": {"invoice_item_details": {"proration": False}}}
    read = read_invoice(stripe.invoice(stripe.line("price_creator", "2026-01-01", "2026-02-01"), fee))
    assert [each.price_id for each in read.lines] == ["price_creator"]


@pytest.mark.parametrize(("status", "since"), [("open", "2025-11-01"), ("uncollectible", "2026-01-01T01:00")])
def test_a_payment_is_overdue_since_the_oldest_invoice_that_was_not_given_up(status, since):
    november = {"finalized_at": stripe.at("2025-11-01")}
    older = stripe.invoice(id="in_0", status=status, status_transitions=november)
    late = stripe.subscription(status="past_due")
    facts = read_facts(stripe.CUSTOMER, [late], [stripe.invoice(status="open"), older], [], [])
    assert facts.unpaid_since(facts.subscriptions[0]) == when(since)


def test_of_a_deleted_customer_nothing_goes_on():
    deleted = {"id": "cus_1", "object": "customer", "deleted": True}
    facts = read_facts(deleted, [stripe.subscription()], [], [], [])
    assert (facts.is_deleted, facts.current, facts.subscriptions[0].status) == (True, None, Ours.ENDED)


def test_of_several_live_subscriptions_the_oldest_gives_the_plan():
    subscriptions = [
        stripe.subscription(id="sub_new", created=stripe.at("2026-01-03")),
        stripe.subscription(id="sub_old", created=stripe.at("2026-01-02")),
        stripe.subscription(id="sub_ended", created=stripe.at("2026-01-01"), status="canceled"),
    ]
    assert read_facts(stripe.CUSTOMER, subscriptions, [], [], []).current.id == "sub_old"


def test_charges_that_failed_are_left_out():
    facts = read_facts(stripe.CUSTOMER, [], [], [stripe.charge(status="failed")], [])
    assert facts.charges == ()


@pytest.mark.parametrize(
    ("changes", "paid", "complete", "expired"),
    [
        ({}, True, True, False),
        ({"payment_status": "no_payment_required"}, True, True, False),
        ({"payment_status": "unpaid"}, False, True, False),
        ({"status": "open", "payment_status": "unpaid"}, False, False, False),
        ({"status": "expired", "payment_status": "unpaid"}, False, False, True),
    ],
    ids=["paid", "for nothing", "a bank transfer is awaited", "open", "expired"],
)
def test_a_checkout(changes, paid, complete, expired):
    read = read_facts(stripe.CUSTOMER, [], [], [], [stripe.session(**changes)]).sessions[0]
    assert (read.is_paid, read.is_complete, read.is_expired, read.credits) == (paid, complete, expired, 500)
