"""How events are stored, and who is looked at because of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from billing.models import Customer, StripeEvent
from billing.payments.bell import want_look
from billing.payments.events import Event
from billing.payments.inbox import take_in
from creator.lib.clock import read_database_now
from creator.platform.lease import leased, take_first
from creator.platform.pruning import prune
from tests.jobs.lifecycle.threads import together

EVENT = Event("evt_1", "invoice.paid", "cus_1", "in_1", False, "", datetime(2026, 11, 28, tzinfo=UTC))


@pytest.mark.django_db
def test_one_who_is_asked_about_is_due_at_once(customer):
    assert want_look(Customer.objects.all()) == 1
    customer.refresh_from_db()
    assert customer.due_at == customer.wanted_at


@pytest.mark.django_db
def test_a_look_that_is_under_way_keeps_its_lease(customer):
    taken = take_first(Customer.objects.all())
    due_at = leased(taken).get().due_at
    want_look(Customer.objects.all())
    kept = leased(taken).get()
    assert (kept.due_at, kept.wanted_at < due_at) == (due_at, True)


@pytest.mark.django_db
def test_events_are_deleted_after_sixty_days(customer):
    take_in(EVENT)
    StripeEvent.objects.update(received_at=read_database_now() - timedelta(days=59, hours=23))
    prune()
    assert StripeEvent.objects.count() == 1
    StripeEvent.objects.update(received_at=read_database_now() - timedelta(days=60, hours=1))
    assert (prune()["stripe_events"], StripeEvent.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_of_five_deliveries_at_once_one_is_stored(customer):
    assert sorted(together(*[lambda: take_in(EVENT)] * 5)) == [False] * 4 + [True]
    assert StripeEvent.objects.count() == 1
