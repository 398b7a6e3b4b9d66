"""Events that name no customer: Stripe is asked whose charge it was."""

import pytest
from stripe import APIConnectionError, APIError

from billing.models import Customer, StripeEvent
from billing.payments.events import read_event
from billing.payments.inbox import take_in
from billing.payments.look import look_at_customers
from billing.payments.whose import NO_CUSTOMER
from tests.billing.payments.signing import event
from tests.billing.payments.sync.objects import charge

pytestmark = pytest.mark.django_db


def dispute_event(charge_id="ch_1", number=1):
    about = {"object": "dispute", "id": "du_1", "charge": charge_id}
    return read_event(event(number, type="charge.dispute.created", data={"object": about}))


def test_the_customer_of_a_disputed_charge_is_looked_at(customer, stripe):
    stripe.says(charges=[charge(customer="cus_1")])
    take_in(dispute_event())
    take_in(dispute_event(number=2))
    assert look_at_customers() == 1
    assert list(StripeEvent.objects.values_list("customer_id", flat=True)) == ["cus_1", "cus_1"]
    assert stripe.asked.count("charges/ch_1") == 1


@pytest.mark.parametrize("known", [[], [charge(customer=None)], [charge(customer="cus_of_another")]])
def test_a_charge_of_nobody_we_know_is_asked_about_once(customer, stripe, known):
    stripe.says(charges=known)
    take_in(dispute_event())
    assert (look_at_customers(), look_at_customers()) == (0, 0)
    assert stripe.asked.count("charges/ch_1") == 1
    assert StripeEvent.objects.get().customer_id in (NO_CUSTOMER, "cus_of_another")


def test_a_charge_that_stripe_cannot_show_does_not_hold_up_the_others(customer, stripe):
    stripe.says(charges=[charge(id="ch_2", customer="cus_1")])

    def fail(path):
        if path == "charges/ch_1":
            raise APIError("broken", http_status=500)

    stripe.on_ask = fail
    take_in(dispute_event("ch_1"))
    take_in(dispute_event("ch_2", number=2))
    assert look_at_customers() == 1
    assert set(StripeEvent.objects.values_list("object_id", "customer_id")) == {
        ("ch_1", ""),
        ("ch_2", "cus_1"),
    }


def test_while_stripe_is_away_one_question_is_enough(customer, stripe):
    def away(path):
        raise APIConnectionError("away")

    stripe.on_ask = away
    take_in(dispute_event("ch_1"))
    take_in(dispute_event("ch_2", number=2))
    look_at_customers()
    assert len(stripe.asked) == 1


def test_events_about_something_else_are_not_asked_about(customer, stripe):
    take_in(read_event(event(data={"object": {"object": "balance"}})))
    take_in(read_event(event(2, data={"object": {"object": "payout", "id": "po_1"}})))
    assert (look_at_customers(), stripe.asked) == (0, [])


def test_one_of_another_account_is_not_asked_about(customer, stripe):
    other = event(account="acct_1", data={"object": {"object": "dispute", "id": "du_1", "charge": "ch_1"}})
    take_in(read_event(other))
    assert (look_at_customers(), stripe.asked, Customer.objects.get().wanted_at) == (0, [], None)
