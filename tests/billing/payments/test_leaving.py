"""A person who leaves for good is deleted at Stripe too, and one whose address changes gets receipts at the new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.erasure import ask_erasure, erase_due
from accounts.models import Erasure, User
from billing.models import Customer, Invoice, Subscription
from billing.payments.bell import want_look
from billing.payments.checkout import start_top_up
from billing.payments.leaving import KeyMissing, customers_left, delete_customers
from billing.payments.look import look_at_customers
from billing.personal_data import rows_of
from billing.stripe_fake import Fault, people
from tests.billing.payments.buying import Buyer, pack


@pytest.fixture
def buyer(cast, world) -> Buyer:
    """A person with a subscription, of whom all is known."""
    buyer = Buyer(cast.owner, world)
    buyer.subscribe("creator")
    assert look_at_customers() == 1
    return buyer


def erase(user: User) -> Erasure:
    """Asks for the erasure, or tries it again; its grace and its wait are over."""
    ask_erasure(user)
    Erasure.objects.filter(user=user).update(due_at=timezone.now() - timedelta(seconds=1))
    erase_due()
    return Erasure.objects.get()


def test_an_erasure_deletes_the_customer_and_ends_the_subscription_at_once(buyer):
    erasure = erase(buyer.user)
    assert (erasure.erased_at is None, erasure.counts["billing_stripe_customers"]) == (False, 1)
    assert (buyer.world.all("customer"), buyer.subscriptions()[0]["status"]) == ([], "canceled")
    assert (Subscription.objects.get().status, Customer.objects.get().deleted_at is None) == ("ended", False)


def test_no_row_leads_to_a_page_with_the_persons_name(buyer):
    assert Invoice.objects.exclude(hosted_url="").exists()
    erase(buyer.user)
    want_look(Customer.objects.all())
    assert look_at_customers() == 1
    assert not Invoice.objects.exclude(hosted_url="").exists()


def test_while_stripe_is_away_the_erasure_waits_and_is_tried_again(buyer):
    buyer.world.faults.add(Fault("refused", "/v1/customers", method="DELETE", times=2))
    for failures in (1, 2):
        waiting = erase(buyer.user)
        assert (waiting.erased_at, waiting.failures) == (None, failures)
        assert waiting.last_error == "APIConnectionError"
        assert User.objects.filter(pk=buyer.user.pk, is_active=False).exists()
    assert erase(buyer.user).erased_at is not None
    assert buyer.world.all("customer") == []


@pytest.mark.parametrize("fault", ["500_after", "lost_after"])
def test_a_deletion_that_was_done_unheard_is_no_obstacle(buyer, fault):
    buyer.world.faults.add(Fault(fault, "/v1/customers", method="DELETE"))
    assert erase(buyer.user).erased_at is None
    assert erase(buyer.user).erased_at is not None


def test_a_customer_deleted_in_the_dashboard_is_no_obstacle(buyer):
    people.delete_customer(buyer.world, buyer.customer.customer_id)
    assert erase(buyer.user).erased_at is not None


def test_live_customers_wait_for_a_live_key(buyer, settings):
    Customer.objects.update(is_live=True)
    for key in ("", "sk_test_1"):
        settings.CONFIG = replace(settings.CONFIG, stripe_secret_key=key)
        with pytest.raises(KeyMissing):
            delete_customers(buyer.user)
    assert erase(buyer.user).last_error == "KeyMissing"
    assert len(buyer.world.all("customer")) == 1


@pytest.mark.parametrize("key", ["", "sk_live_1"])
def test_customers_of_the_test_mode_hold_no_erasure_up(buyer, settings, key):
    settings.CONFIG = replace(settings.CONFIG, stripe_secret_key=key)
    assert (delete_customers(buyer.user), customers_left(buyer.user).exists()) == (0, False)


def test_other_people_keep_theirs(buyer, cast):
    start_top_up(cast.other, pack())
    erase(buyer.user)
    [kept] = buyer.world.all("customer")
    assert kept["email"] == cast.other.email


def test_an_export_has_what_was_bought(buyer):
    rows = {name: list(found) for name, found in rows_of(buyer.user).items()}
    assert [row["plan_id"] for row in rows["subscriptions"]] == ["creator"]
    assert [(row["status"], row["total_cents"]) for row in rows["invoices"]] == [("paid", 1900)]
    assert [row["customer_id"] for row in rows["stripe_customers"]] == [buyer.customer.customer_id]
    assert {row["kind"] for row in rows["stripe_requests"]} == {"customer", "subscribe"}


def test_stripe_writes_to_the_new_address_after_a_change(buyer, django_capture_on_commit_callbacks):
    Customer.objects.update(wanted_at=None)
    with django_capture_on_commit_callbacks(execute=True):
        buyer.user.email = "new@example.org"
        buyer.user.save(update_fields=["email"])
        assert Customer.objects.get().wanted_at is None  # its row is not locked while the person's is
    assert look_at_customers() == 1
    [customer] = buyer.world.all("customer")
    assert customer["email"] == "new@example.org"


def test_a_look_sends_no_address_that_stripe_has(buyer):
    want_look(Customer.objects.all())
    before = len(buyer.world.events)
    assert look_at_customers() == 1
    assert len(buyer.world.events) == before
