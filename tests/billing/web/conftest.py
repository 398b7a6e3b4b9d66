"""Pages need people with credits, a node that can run presets, and a stranger who pays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from billing.enums import SubscriptionStatus
from billing.ledger import credit_account_of
from billing.models import CreditPack, Customer, Invoice, Plan, Subscription
from billing.plans import change_plan
from tests.billing.usage.conftest import end_job  # noqa: F401
from tests.conftest import cast  # noqa: F401  (in place of the one of tests/billing)
from tests.jobs.web.conftest import able_node  # noqa: F401

NOW = timezone.now


@pytest.fixture
def selling(db, settings) -> None:
    """The installation sells its plans and packs."""
    settings.CONFIG = replace(
        settings.CONFIG, stripe_secret_key="sk_test_pages", stripe_webhook_secrets=("whsec_1",)
    )
    for sold in (*Plan.objects.exclude(price_cents=0), *CreditPack.objects.all()):
        type(sold).objects.filter(pk=sold.pk).update(price_id=f"price_{sold.pk}")


@pytest.fixture
def customer(cast) -> Customer:  # noqa: F811
    """The stranger as Stripe's customer."""
    account = credit_account_of(cast.stranger.pk)
    return Customer.objects.create(
        account=account, customer_id="cus_1", is_live=False, wanted_at=None, due_at=NOW()
    )


@pytest.fixture
def subscribe(cast, customer) -> Callable[..., Subscription]:  # noqa: F811
    """Gives the stranger a subscription to the Creator plan, or another, which began ten days ago."""

    def make(status=SubscriptionStatus.ACTIVE, plan="creator", **fields) -> Subscription:
        if status not in (SubscriptionStatus.PENDING, SubscriptionStatus.ENDED):
            change_plan(cast.stranger, plan)
        if status == SubscriptionStatus.PAST_DUE:
            fields = {"past_due_since": NOW()} | fields
        start = NOW() - timedelta(days=10)
        periods = {"period_starts_at": start, "period_ends_at": start + timedelta(days=30)}
        return Subscription.objects.create(
            customer=customer,
            subscription_id="sub_1",
            plan_id=plan,
            status=status,
            asked_at=NOW(),
            **periods | fields,
        )

    return make


@pytest.fixture
def invoice(customer) -> Callable[..., Invoice]:
    def make(**fields) -> Invoice:
        fields = {"invoice_id": "in_1", "number": "A-0001", "status": "paid", "total_cents": 1_900} | fields
        url = {"hosted_url": f"https://invoice.stripe.com/i/{fields['invoice_id']}"}
        return Invoice.objects.create(
            customer=customer, currency="eur", created_at=NOW(), asked_at=NOW(), **url | fields
        )

    return make
