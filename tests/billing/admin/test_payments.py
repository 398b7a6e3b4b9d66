"""Staff look up customers, subscriptions, invoices, events and requests, and change none of them."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone

from billing.enums import HeardBy, RequestKind, SubscriptionStatus
from billing.ledger import open_credit_account
from billing.models import Customer, Invoice, StripeEvent, StripeRequest, Subscription

ROWS = {
    Customer: "cus_1",
    Subscription: "cus_1",
    Invoice: "cus_1",
    StripeEvent: "evt_1",
    StripeRequest: "cs_1",
}
"""Each kind of row, and what staff look it up by."""
pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(cast):
    """One of each, made of the owner's customer cus_1."""
    now = timezone.now()
    account = open_credit_account(cast.owner)
    customer = Customer.objects.create(account=account, customer_id="cus_1", is_live=False)
    Subscription.objects.create(
        customer=customer,
        subscription_id="sub_1",
        plan_id="creator",
        status=SubscriptionStatus.ACTIVE,
        period_starts_at=now,
        period_ends_at=now + timedelta(days=30),
        asked_at=now,
    )
    Invoice.objects.create(
        customer=customer,
        invoice_id="in_1",
        status="paid",
        total_cents=1_900,
        currency="eur",
        created_at=now,
        asked_at=now,
    )
    StripeEvent.objects.create(
        event_id="evt_1", type="invoice.paid", is_live=False, heard_by=HeardBy.WEBHOOK, created_at=now
    )
    StripeRequest.objects.create(account=account, kind=RequestKind.SUBSCRIBE, is_live=False, object_id="cs_1")


@pytest.mark.parametrize(
    ("model", "known_by"), ROWS.items(), ids=lambda each: getattr(each, "__name__", each)
)
def test_a_row_is_found_and_shown_and_has_no_form(pages, rows, model, known_by):
    kind = f"admin:billing_{model._meta.model_name}"
    link = reverse(f"{kind}_change", args=[quote(model.objects.get().pk)])
    assert f'href="{link}' in pages.get(reverse(f"{kind}_changelist"), {"q": known_by}).text
    assert f'href="{link}' not in pages.get(reverse(f"{kind}_changelist"), {"q": "other"}).text
    page = pages.get(link)
    assert (page.status_code, 'name="_save"' in page.text) == (200, False)
    assert pages.post(link, {}).status_code == 403
