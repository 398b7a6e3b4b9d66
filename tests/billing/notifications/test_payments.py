"""What people are told of payments that did not work."""

from datetime import UTC, datetime

import pytest

from billing.ledger import open_credit_account
from billing.models import Customer, Invoice
from billing.notifications.payments import tell_of_failure

pytestmark = pytest.mark.django_db
WHEN = datetime(2027, 2, 20, 12, 0, tzinfo=UTC)
PAGE_OF_STRIPE = "https://invoice.stripe.com/i/in_1"


@pytest.mark.parametrize("needs_step", [False, True])
def test_a_line_leads_to_the_invoice_only_while_it_can_be_paid(client, cast, needs_step):
    client.force_login(cast.owner)
    account = open_credit_account(cast.owner)
    account.blocked_from = WHEN
    customer = Customer.objects.create(account=account, customer_id="cus_1", is_live=False)
    invoice = Invoice.objects.create(
        customer=customer,
        invoice_id="in_1",
        status="open",
        total_cents=1_900,
        currency="eur",
        created_at=WHEN,
        asked_at=WHEN,
        hosted_url=PAGE_OF_STRIPE,
    )
    tell_of_failure(account, invoice_id="in_1", attempt=1, amount="€19", needs_step=needs_step)
    shown = client.get("/notifications/").text
    assert ("payment of €19" in shown, PAGE_OF_STRIPE in shown) == (True, True)
    Invoice.objects.filter(pk=invoice.pk).update(status="paid")
    answer = client.get("/notifications/")
    assert (answer.status_code, PAGE_OF_STRIPE in answer.text) == (200, False)
    assert "payment of €19" in answer.text
