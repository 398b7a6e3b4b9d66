"""What a person has in Stripe's other mode, live or test, is not mixed into what our key is for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from billing.enums import RequestKind, RequestState, SubscriptionStatus
from billing.models import Customer, Invoice, Plan, StripeRequest, Subscription
from billing.notifications.trials import remind_of_trials
from billing.payments.offers import has_trial, live_subscription
from billing.queries import invoices_of, notice_of, quota_of
from billing.queries.checkouts import Outcome, outcome_of

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture(params=[True, False], ids=["other mode", "our mode"])
def is_other(request) -> bool:
    return request.param


@pytest.fixture
def bought(customer, selling, is_other) -> Subscription:
    """A trial that ends in a day, of a customer of the other mode or of ours. The key is one of the test mode."""
    Customer.objects.update(is_live=is_other)
    Plan.objects.filter(slug="creator").update(trial_days=14, trial_credits=0)
    Invoice.objects.create(
        customer=customer,
        invoice_id="in_1",
        status="paid",
        total_cents=1_900,
        currency="eur",
        created_at=NOW(),
        asked_at=NOW(),
    )
    return Subscription.objects.create(
        customer=customer,
        subscription_id="sub_1",
        plan=Plan.objects.get(slug="creator"),
        status=SubscriptionStatus.TRIAL,
        period_starts_at=NOW(),
        period_ends_at=NOW() + timedelta(days=1),
        trial_ends_at=NOW() + timedelta(days=1),
        ends_at=NOW() + timedelta(days=1),
        asked_at=NOW(),
    )


def test_it_is_no_subscription_and_uses_up_no_trial(bought, customer, is_other):
    assert (live_subscription(customer.account) is None) == is_other
    assert has_trial(customer.account, Plan.objects.get(slug="creator")) == is_other


def test_its_invoices_are_not_listed(bought, customer, is_other):
    assert len(invoices_of(customer.account)) == (0 if is_other else 1)


def test_the_next_period_brings_what_it_would_without_it(bought, customer, is_other):
    account = customer.account
    account.plan = Plan.objects.get(slug="studio")
    brings = notice_of(account, quota_of(account, 1)).next_credits
    assert brings == (account.plan.credits if is_other else Plan.objects.get(slug="free").credits)


def test_a_checkout_is_not_paid_by_it(bought, customer, is_other):
    asked = StripeRequest.objects.create(
        account=customer.account,
        kind=RequestKind.SUBSCRIBE,
        is_live=False,
        plan=bought.plan,
        state=RequestState.SENT,
    )
    assert outcome_of(asked) == (Outcome.PENDING if is_other else Outcome.PAID)


def test_its_trial_is_not_reminded_of(bought, is_other):
    remind_of_trials()
    assert Notification.objects.count() == (0 if is_other else 1)
