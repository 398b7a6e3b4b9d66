"""Which credits go back with money that went back: a table."""

import pytest

from billing.payments.sync.reading import read_facts
from billing.payments.sync.returning import take_backs_of
from tests.billing.payments.sync import objects as stripe

PERIOD, PACK = ("invoice", "in_1:1"), ("pack", "cs_1")
GRANTED = {PERIOD: 1_000, ("invoice", "in_9:1"): 77, PACK: 500, ("pack", "cs_9"): 77}


def backs(*refunds, disputes=(), granted=GRANTED, **changes):
    charge = stripe.charge(refunds=list(refunds), **changes)
    facts = read_facts(
        stripe.CUSTOMER, [], [stripe.invoice()], [charge], [stripe.session()], disputes=list(disputes)
    )
    return [(each.of.id, each.of.is_undone, dict(each.credits)) for each in take_backs_of(facts, granted)]


def test_a_payment_that_stays_takes_nothing():
    assert backs() == []


@pytest.mark.parametrize(("cents", "credits"), [(1_900, 1_000), (950, 500), (1, 1), (0, 0)])
def test_a_refund_takes_the_same_share_of_the_credits(cents, credits):
    assert backs(stripe.refund(amount=cents)) == [("re_1", False, {PERIOD: credits})]


def test_refunds_in_parts_add_up_to_what_was_granted_whatever_the_rounding():
    parts = [stripe.refund(number, amount=cents) for number, cents in enumerate((633, 633, 634))]
    taken = [credits[PERIOD] for _, _, credits in backs(*parts)]
    assert (taken, sum(taken)) == ([333, 333, 334], 1_000)


def test_of_a_pack_its_own_credits_go_back():
    assert backs(stripe.refund(amount=1_900), payment_intent="pi_2") == [("re_1", False, {PACK: 500})]


def test_a_payment_for_something_else_takes_nothing():
    assert backs(stripe.refund(amount=1_900), payment_intent="pi_3") == [("re_1", False, {})]
    assert backs(stripe.refund(amount=1_900), payment_intent=None) == [("re_1", False, {})]


def test_a_refund_that_is_under_way_takes_nothing_yet():
    assert backs(stripe.refund(amount=1_900, status="pending")) == []


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_failed_is_undone(status):
    assert backs(stripe.refund(amount=1_900, status=status)) == [("re_1", True, {PERIOD: 0})]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("needs_response", [("dp_1", False, {PERIOD: 1_000})]),
        ("under_review", [("dp_1", False, {PERIOD: 1_000})]),
        ("lost", [("dp_1", False, {PERIOD: 1_000})]),
        ("won", [("dp_1", True, {PERIOD: 0})]),
        ("warning_needs_response", []),
        ("warning_under_review", []),
        ("warning_closed", []),
        ("prevented", []),
    ],
)
def test_a_dispute_takes_while_the_money_is_gone(status, found):
    assert backs(disputes=[stripe.dispute(status)]) == found


def test_a_refund_and_a_dispute_together_take_no_more_than_was_granted():
    found = backs(stripe.refund(amount=950), disputes=[stripe.dispute()])
    assert found == [("re_1", False, {PERIOD: 500}), ("dp_1", False, {PERIOD: 500})]


def test_each_period_that_an_invoice_pays_for_gives_its_share():
    granted = {PERIOD: 1_000, ("invoice", "in_1:2"): 300}
    assert backs(stripe.refund(amount=950), granted=granted) == [
        ("re_1", False, {PERIOD: 500, ("invoice", "in_1:2"): 150})
    ]
