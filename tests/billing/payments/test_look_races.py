"""What happens during a look: another event, another worker, an outage. Stripe is asked outside any transaction."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from stripe import APIConnectionError

from billing.ledger import find_drift
from billing.models import Customer, LedgerEntry, Subscription
from billing.payments.bell import want_look
from billing.payments.customers import mark_deleted
from billing.payments.events import read_event
from billing.payments.inbox import take_in
from billing.payments.leaving import delete_customers
from billing.payments.look import LOOKS, look, look_at_customers, wanted
from billing.payments.sync import applying, crediting
from creator.lib.clock import read_database_now
from creator.platform.background import LeaseLost, finish
from creator.platform.lease import take_first
from creator.platform.models import AuditLine
from tests.billing.payments.signing import event
from tests.billing.payments.sync.objects import invoice, subscription
from tests.jobs.lifecycle.threads import together

pytestmark = pytest.mark.django_db(transaction=True)
needs_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


def want() -> None:
    want_look(Customer.objects.all())


def test_stripe_is_asked_outside_any_transaction(customer, stripe):
    open_blocks = []
    stripe.on_ask = lambda path: open_blocks.append(connection.in_atomic_block)
    want()
    assert (look_at_customers(), set(open_blocks), len(open_blocks)) == (1, {False}, 5)


def upgrade_when_asked(stripe, path):
    """At that question of a look, Stripe's subscription changes and its event comes in."""

    def upgrade(asked):
        if asked == path:
            stripe.on_ask = lambda path: None
            stripe.says(subscriptions=[subscription(price="price_studio")])
            want()

    stripe.says(subscriptions=[subscription()])
    stripe.on_ask = upgrade
    want()


@pytest.mark.parametrize("path", ["customers/cus_1", "subscriptions", "checkout/sessions"])
def test_an_event_during_a_look_has_the_customer_looked_at_again(customer, stripe, path):
    upgrade_when_asked(stripe, path)
    assert LOOKS.work_off() == 2
    customer.refresh_from_db()
    assert (customer.wanted_at, Subscription.objects.get().plan_id) == (None, "studio")
    assert customer.account.plan_id == "studio"


def test_twin_that_forgets_what_was_wanted_meanwhile_keeps_the_old_plan(customer, stripe, monkeypatch):
    def finish_and_forget(customer, **changes):
        finish(customer, **changes | {"wanted_at": None})

    monkeypatch.setattr(applying, "finish", finish_and_forget)
    upgrade_when_asked(stripe, "checkout/sessions")
    assert (LOOKS.work_off(), Subscription.objects.get().plan_id) == (1, "creator")


def test_a_worker_that_lost_the_customer_writes_nothing(customer, stripe):
    stripe.says(subscriptions=[subscription()], invoices=[invoice()])
    want()
    slow = take_first(wanted())

    def expire(path):
        if path == "checkout/sessions":
            stripe.on_ask = lambda path: None
            Customer.objects.update(due_at=read_database_now() - timedelta(seconds=1))
            assert take_first(wanted()) is not None

    stripe.on_ask = expire
    with pytest.raises(LeaseLost):
        look(slow)
    assert (Subscription.objects.count(), LedgerEntry.objects.filter(source="invoice").count()) == (0, 0)


def test_a_customer_who_is_deleted_during_a_look_stays_deleted(customer, stripe):
    """A purchase notices that Stripe no longer knows the customer, and makes another one."""
    stripe.says(subscriptions=[subscription()])

    def replace_customer(path):
        if path == "checkout/sessions":
            stripe.on_ask = lambda path: None
            mark_deleted(customer)
            Customer.objects.create(
                account=customer.account, customer_id="cus_2", is_live=False, wanted_at=None
            )
            Customer.objects.filter(pk=customer.pk).update(wanted_at=None)

    stripe.on_ask = replace_customer
    want()
    assert LOOKS.work_off() == 1
    customer.refresh_from_db()
    assert (customer.last_error, customer.deleted_at is None) == ("", False)


def test_a_person_who_leaves_during_a_look_keeps_no_subscription(customer, stripe):
    stripe.says(subscriptions=[subscription()])
    want()
    assert LOOKS.work_off() == 1

    def leave(path):
        if path == "checkout/sessions":
            stripe.on_ask = lambda path: None
            delete_customers(customer.account.owner)

    stripe.on_ask = leave
    want()
    assert LOOKS.work_off() == 1
    customer.refresh_from_db()
    assert (customer.deleted_at is None, Subscription.objects.get().status) == (False, "ended")


def test_an_error_in_the_middle_leaves_nothing_and_the_next_look_does_all(customer, stripe, monkeypatch):
    stripe.says(subscriptions=[subscription()], invoices=[invoice()])
    with monkeypatch.context() as patched:
        patched.setattr(crediting, "grant", lambda **named: 1 / 0)
        want()
        assert LOOKS.work_off() == 1
    customer.refresh_from_db()
    assert (customer.failures, customer.last_error) == (1, "ZeroDivisionError")
    assert (customer.account.plan_id, Subscription.objects.count(), AuditLine.objects.count()) == (
        "free",
        0,
        0,
    )
    want()
    assert LOOKS.work_off() == 1
    customer.refresh_from_db()
    assert (customer.failures, customer.last_error, customer.account.plan_id) == (0, "", "creator")


def test_an_outage_of_stripe_is_waited_for(customer, stripe):
    def away(path):
        raise APIConnectionError("away")

    stripe.on_ask = away
    want()
    assert LOOKS.work_off() == 1
    customer.refresh_from_db()
    assert (customer.failures, customer.last_error, customer.due_at > read_database_now()) == (
        1,
        "APIConnectionError",
        True,
    )


@needs_postgresql
def test_each_event_five_times_at_once_grants_once(customer, stripe):
    stripe.says(subscriptions=[subscription()], invoices=[invoice()])
    events = [
        read_event(event(number, type=kind))
        for number, kind in enumerate(("invoice.paid", "invoice.payment_succeeded"))
    ]

    def deliver_and_work(each):
        return take_in(each), LOOKS.work_off()

    together(*[partial(deliver_and_work, each) for each in events for _ in range(5)])
    LOOKS.work_off()
    customer.refresh_from_db()
    assert (customer.wanted_at, LedgerEntry.objects.filter(source="invoice").count(), find_drift()) == (
        None,
        1,
        [],
    )


@needs_postgresql
def test_of_four_workers_one_looks_at_a_customer(customer, stripe):
    want()
    assert (sum(together(*[LOOKS.work_off] * 4)), len(stripe.asked)) == (1, 5)
