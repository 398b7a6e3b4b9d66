"""Lists that go on beyond what Stripe puts into an object are read to their end."""

import pytest

from billing.models import Customer, LedgerEntry
from billing.payments.bell import want_look
from billing.payments.look import look_at_customers
from tests.billing.payments.sync.objects import at, charge, invoice, line, refund, subscription

pytestmark = pytest.mark.django_db


def test_lines_and_payments_of_an_invoice_that_stripe_lists_on_further_pages_count(customer, stripe):
    """Staff can add lines, and an invoice can be paid in parts."""
    fee = line("price_fee", "2026-01-01", "2026-02-01") | {"id": "il_1"}
    fee["parent"] = {"invoice_item_details": {"proration": False}}
    month = line("price_creator", "2026-01-01", "2026-02-01") | {"id": "il_2"}
    paying = [{"id": "inpay_1", "payment": {"payment_intent": "pi_1"}}]
    cut = invoice(fee, payment="pi_0")
    for name in ("lines", "payments"):
        cut[name]["has_more"] = True
    paid = charge(refunds=[refund(amount=1_900)])
    stripe.says(subscriptions=[subscription()], invoices=[cut], charges=[paid])
    stripe.says(**{"invoices/in_1/lines": [fee, month], "invoice_payments": paying})
    want_look(Customer.objects.all())
    assert look_at_customers() == 1
    entered = LedgerEntry.objects.filter(source__in=("invoice", "refund")).values_list("source_id", "amount")
    period = f"in_1:{at('2026-01-01')}"
    assert list(entered.order_by("pk")) == [(period, 1_000), (f"re_1:{period}", 1_000)]
