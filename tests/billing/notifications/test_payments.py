"""What people are told of plans that start, and of payments that did not work."""

from datetime import UTC, datetime

import pytest

from billing.ledger import open_credit_account
from billing.models import Customer, Invoice, Plan, Subscription
from billing.notifications.payments import tell_of_failure, tell_of_start
from creator.platform.outbox import hand_on_due

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


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("active", "You have bought the Creator plan for €19 a month. It renews on 20 Mar 2027, 12:00 UTC."),
        ("trial", "You try the Creator plan free of charge until 20 Mar 2027, 12:00 UTC, with 100 credits."),
    ],
)
def test_the_mail_of_a_start_says_what_was_bought_when_it_renews_and_how_to_stop(
    cast, mailoutbox, status, words
):
    account = open_credit_account(cast.owner)
    subscription = Subscription.objects.create(
        customer=Customer.objects.create(account=account, customer_id="cus_1", is_live=False),
        subscription_id="sub_1",
        plan=Plan.objects.get(slug="creator"),
        status=status,
        period_starts_at=WHEN,
        period_ends_at=datetime(2027, 3, 20, 12, 0, tzinfo=UTC),
        asked_at=WHEN,
    )
    tell_of_start(account, subscription)
    tell_of_start(account, subscription)
    hand_on_due()
    (mail,) = mailoutbox
    body = " ".join(mail.body.split())
    assert mail.subject == "Your Creator plan has started"
    assert (words in body, "/billing/" in body) == (True, True)
    assert "brings 1,000 credits, with which you can make up to 1,000 pictures." in body
    assert "You can change or cancel the plan at any time on its page." in body
    assert ("If you cancel before the trial ends, you pay nothing." in body) is (status == "trial")
