"""One look: what is written of what Stripe says. Looks are repeated everywhere, and change nothing the second time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification, User
from billing.enums import RequestKind, RequestState, SubscriptionStatus
from billing.ledger import find_drift
from billing.models import (
    CreditAccount,
    CreditPack,
    Customer,
    Invoice,
    LedgerEntry,
    Plan,
    StripeRequest,
    Subscription,
)
from billing.payments.bell import want_look
from billing.payments.look import LOOKS, look_at_customers
from creator.platform.models import AuditLine
from tests.billing.payments.sync import objects as stripe_objects
from tests.billing.payments.sync.objects import at, invoice, line, session, subscription

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
PERIOD = ("2026-01-01", "2026-02-01")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=True):
        yield


def look(times: int = 2) -> CreditAccount:
    """The account after so many looks, each of which was asked for."""
    for _ in range(times):
        want_look(Customer.objects.all())
        assert look_at_customers() == 1
    failed = Customer.objects.exclude(last_error="").values_list("last_error", flat=True)
    assert (list(failed), find_drift()) == ([], [])
    return CreditAccount.objects.get(owner__isnull=False)


def grants(source: str) -> list[tuple[str, int]]:
    return list(LedgerEntry.objects.filter(source=source).order_by("pk").values_list("source_id", "amount"))


def told() -> list[str]:
    return sorted(Notification.objects.values_list("kind", flat=True))


def audited() -> list[str]:
    return sorted(AuditLine.objects.exclude(action="plan_changed").values_list("action", flat=True))


def test_a_customer_of_whom_nothing_is_known_changes_nothing(customer, stripe):
    account = look()
    assert (account.plan_id, grants("invoice"), told(), audited()) == ("free", [], [], [])
    customer.refresh_from_db()
    assert (customer.wanted_at, customer.token, customer.looked_at is None) == (None, None, False)


def test_a_paid_subscription_gives_plan_period_and_credits_once(customer, stripe):
    stripe.says(subscriptions=[subscription()], invoices=[invoice()])
    account = look(times=3)
    row = Subscription.objects.get()
    assert (row.status, row.plan_id, row.past_due_since) == (SubscriptionStatus.ACTIVE, "creator", None)
    assert (account.plan_id, account.period_starts_at, account.period_ends_at) == (
        "creator",
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
    )
    assert (grants("invoice"), account.blocked_from) == ([(f"in_1:{at('2026-01-01')}", 1_000)], None)


def test_invoices_are_kept_for_the_page(customer, stripe):
    charge = stripe_objects.charge(refunds=[stripe_objects.refund(amount=0)], amount_refunded=300)
    stripe.says(subscriptions=[subscription()], invoices=[invoice()], charges=[charge])
    look()
    row = Invoice.objects.get()
    assert (row.number, row.status, row.total_cents, row.refunded_cents) == ("C-1", "paid", 1_900, 300)
    assert (row.hosted_url, row.created_at) == (
        "https://invoice.example/in_1",
        datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_a_look_that_finds_nothing_new_writes_no_invoice_and_no_entry(customer, stripe):
    months = [f"2025-{month:02}-01" for month in range(1, 13)] + ["2026-01-01"]
    lines = [line("price_creator", starts, ends) for starts, ends in pairwise(months)]
    stripe.says(
        subscriptions=[subscription()], invoices=[invoice(each, id=f"in_{n}") for n, each in enumerate(lines)]
    )
    look(times=1)
    want_look(Customer.objects.all())
    with CaptureQueriesContext(connection) as queries:
        look_at_customers()
    written = [
        each["sql"].partition(" (")[0] for each in queries if each["sql"].startswith(("INSERT", "UPDATE"))
    ]
    assert [sql for sql in written if "billing_invoice" in sql or "billing_ledgerentry" in sql] == []
    assert any('UPDATE "billing_subscription"' in sql for sql in written)


def test_a_trial_gives_the_plan_and_its_credits_once(customer, stripe):
    trial = subscription(status="trialing", trial_end=at("2026-01-29"), ends="2026-01-29")
    nothing = invoice(line("price_creator", "2026-01-01", "2026-01-29", cents=0), total=0)
    stripe.says(subscriptions=[trial], invoices=[nothing])
    account = look()
    assert (account.plan_id, grants("trial"), grants("invoice")) == (
        "creator",
        [(str(account.pk), 100)],
        [],
    )


def test_a_second_trial_of_an_account_gives_no_credits(customer, stripe):
    first = subscription(status="trialing", trial_end=at("2026-01-29"), ends="2026-01-29")
    stripe.says(subscriptions=[first])
    look()
    again = subscription(id="sub_2", status="trialing", trial_end=at("2026-02-20"), ends="2026-02-20")
    stripe.says(subscriptions=[again, first | {"status": "canceled", "ended_at": at("2026-01-16")}])
    account = look()
    assert (account.plan_id, grants("trial")) == ("creator", [(str(account.pk), 100)])


def test_a_first_payment_that_is_awaited_changes_no_plan(customer, stripe):
    stripe.says(
        subscriptions=[subscription(status="incomplete")], invoices=[invoice(status="open", attempt_count=0)]
    )
    account = look()
    assert (account.plan_id, Subscription.objects.get().status, told()) == ("free", "pending", [])


@pytest.mark.parametrize("status", ["incomplete_expired", "canceled", "unpaid", "paused"])
def test_one_that_never_lived_tells_nothing_when_it_ends(customer, stripe, status):
    stripe.says(subscriptions=[subscription(status=status)])
    account = look()
    assert (account.plan_id, Subscription.objects.get().status, told()) == ("free", "ended", [])


@pytest.mark.parametrize("status", ["canceled", "unpaid", "paused"])
def test_an_end_brings_the_free_plan_and_is_told_once(customer, stripe, status):
    stripe.says(subscriptions=[subscription()], invoices=[invoice()])
    look()
    stripe.says(subscriptions=[subscription(status=status)])
    account = look()
    assert (account.plan_id, account.blocked_from) == ("free", None)
    assert told() == ["subscription_ended", "subscription_started"]
    assert account.available >= 1_000, "credits that were granted stay until they expire"


def test_a_plan_that_staff_gave_stays_without_a_subscription(customer, stripe):
    CreditAccount.objects.filter(pk=customer.account_id).update(plan_id="studio")
    stripe.says(subscriptions=[subscription(status="incomplete_expired")])
    assert look().plan_id == "studio"


def test_the_next_one_counts_if_an_earlier_one_ends(customer, stripe):
    stripe.says(subscriptions=[subscription()])
    look()
    studio = subscription(id="sub_2", price="price_studio", created=at("2026-01-10"), starts="2026-01-10")
    stripe.says(subscriptions=[studio, subscription(status="canceled")])
    assert (look().plan_id, told()) == ("studio", ["subscription_started"] * 2)


def test_of_two_live_ones_the_oldest_counts_and_staff_are_told(customer, stripe):
    studio = subscription(id="sub_2", price="price_studio", created=at("2026-01-10"))
    stripe.says(subscriptions=[studio, subscription()])
    assert (look().plan_id, audited()) == ("creator", ["several_subscriptions"])


def test_a_downgrade_waits_for_the_next_period(customer, stripe):
    phases = stripe_objects.schedule(
        stripe_objects.phase("price_studio", "2026-01-01"),
        stripe_objects.phase("price_creator", "2026-02-01"),
    )
    stripe.says(subscriptions=[subscription(price="price_studio", schedule=phases)])
    account = look()
    assert (account.plan_id, Subscription.objects.get().next_plan_id) == ("studio", "creator")
    stripe.says(subscriptions=[subscription(price="price_studio")])
    look()
    assert Subscription.objects.get().next_plan_id is None


def test_cancelling_and_undoing_it(customer, stripe):
    stripe.says(subscriptions=[subscription(cancel_at_period_end=True)])
    look()
    assert Subscription.objects.get().ends_at == datetime(2026, 2, 1, tzinfo=UTC)
    stripe.says(subscriptions=[subscription()])
    account = look()
    assert (Subscription.objects.get().ends_at, account.plan_id) == (None, "creator")


def overdue(attempts: int = 1, **changes):
    """A subscription whose February could not be paid."""
    unpaid = invoice(
        line("price_creator", "2026-02-01", "2026-03-01"),
        id="in_2",
        status="open",
        attempt_count=attempts,
        created=at("2026-01-10"),
        status_transitions={"finalized_at": at("2026-01-10T01:00")},
        payment="pi_2",
    )
    return {
        "subscriptions": [subscription(status="past_due")],
        "invoices": [unpaid, invoice()],
        "payment_intents": [
            {"id": "pi_2", "status": "requires_payment_method", "last_payment_error": None} | changes
        ],
    }


def test_an_overdue_payment_keeps_the_plan_and_blocks_after_the_grace(customer, stripe):
    stripe.says(**overdue())
    account = look()
    since = datetime(2026, 1, 10, 1, tzinfo=UTC)
    assert (account.plan_id, Subscription.objects.get().past_due_since) == ("creator", since)
    assert (account.blocked_from, told()) == (since + timedelta(days=7), ["payment_failed"])


@pytest.mark.parametrize("invoices", [overdue()["invoices"], [invoice()]], ids=["tried", "none_tried"])
def test_the_grace_begins_once_however_late_we_learn_of_it(customer, stripe, invoices):
    stripe.says(**overdue() | {"invoices": invoices})
    first = look().blocked_from
    with time_machine.travel(NOW + timedelta(days=3), tick=True):
        assert look().blocked_from == first


def test_each_try_in_vain_is_told_once(customer, stripe):
    for attempts in (1, 2, 3):
        stripe.says(**overdue(attempts))
        look(times=3)
    assert told() == ["payment_failed"] * 3


def test_a_payment_that_the_bank_wants_confirmed_is_told_as_that(customer, stripe):
    stripe.says(**overdue(status="requires_action"))
    look()
    assert told() == ["payment_action"]


def test_once_it_is_paid_the_block_is_gone(customer, stripe):
    stripe.says(**overdue())
    look()
    paid = invoice(line("price_creator", "2026-02-01", "2026-03-01"), id="in_2", payment="pi_2")
    stripe.says(
        subscriptions=[subscription(starts="2026-02-01", ends="2026-03-01")], invoices=[paid, invoice()]
    )
    account = look()
    assert (account.blocked_from, Subscription.objects.get().past_due_since) == (None, None)
    assert len(grants("invoice")) == 2


def test_a_pack_is_granted_once_and_its_request_is_done(customer, stripe):
    pack = CreditPack.objects.get(slug="credits-500")
    request = StripeRequest.objects.create(
        account=customer.account, kind=RequestKind.TOP_UP, is_live=False, pack=pack, state=RequestState.ASKED
    )
    sold = {"request": str(request.pk), "pack": "credits-500", "credits": "500", "lasts_days": "365"}
    pack.credits = 600
    pack.save()
    stripe.says(sessions=[session(metadata=sold)])
    look()
    request.refresh_from_db()
    assert (grants("pack"), request.state, request.object_id) == ([("cs_1", 500)], "done", "cs_1")
    assert request.done_at is not None


def test_a_checkout_that_was_left_alone_has_failed(customer, stripe):
    request = StripeRequest.objects.create(
        account=customer.account,
        kind=RequestKind.SUBSCRIBE,
        is_live=False,
        object_id="cs_1",
        state=RequestState.SENT,
    )
    stripe.says(sessions=[session(status="expired", payment_status="unpaid", metadata={"request": "odd"})])
    look()
    request.refresh_from_db()
    assert (grants("pack"), request.state) == ([], "failed")


def test_a_request_of_another_account_is_left_alone(customer, stripe, cast):
    from billing.ledger import open_credit_account

    other = StripeRequest.objects.create(
        account=open_credit_account(cast.other), kind=RequestKind.TOP_UP, is_live=False
    )
    stripe.says(sessions=[session(metadata={"request": str(other.pk)})])
    look_once = [want_look(Customer.objects.all()), look_at_customers()]
    other.refresh_from_db()
    assert (look_once, other.state) == ([1, 1], "asked")


def test_a_customer_who_was_deleted_loses_plan_and_link(customer, stripe):
    stripe.says(subscriptions=[subscription()])
    look()
    stripe.customer = {"id": "cus_1", "object": "customer", "deleted": True}
    stripe.says(subscriptions=[])
    account = look()
    customer.refresh_from_db()
    assert (account.plan_id, customer.deleted_at is None, Subscription.objects.get().status) == (
        "free",
        False,
        "ended",
    )
    assert told() == ["subscription_ended", "subscription_started"]
    assert audited() == ["customer_deleted"]


def test_a_deleted_customer_does_not_end_the_plan_of_the_next_one(customer, stripe):
    stripe.says(subscriptions=[subscription()])
    look()
    Customer.objects.update(deleted_at=NOW)
    second = Customer.objects.create(
        account=customer.account, customer_id="cus_2", is_live=False, wanted_at=None
    )
    Subscription.objects.create(
        customer=second,
        subscription_id="sub_2",
        plan_id="creator",
        status=SubscriptionStatus.ACTIVE,
        period_starts_at=NOW,
        period_ends_at=NOW + timedelta(days=30),
        asked_at=NOW,
    )
    stripe.customer = {"id": "cus_1", "object": "customer", "deleted": True}
    want_look(Customer.objects.filter(customer_id="cus_1"))
    assert look_at_customers() == 1
    assert CreditAccount.objects.get().plan_id == "creator"


def test_one_whom_stripe_never_knew_keeps_everything(customer, stripe):
    """Then it is the key that is wrong: another account of Stripe's knows none of our customers."""
    stripe.says(subscriptions=[subscription()])
    account = look()
    stripe.customer = {"id": "cus_of_another", "object": "customer"}
    want_look(Customer.objects.all())
    look_at_customers()
    customer.refresh_from_db()
    account.refresh_from_db()
    assert (account.plan_id, customer.failures, customer.last_error) == ("creator", 1, "InvalidRequestError")
    assert customer.wanted_at is not None


def test_a_price_that_staff_replaced_still_pays_for_its_plan(customer, stripe):
    stripe.says(subscriptions=[subscription()], invoices=[invoice()])
    look()
    Plan.objects.filter(slug="creator").update(price_id="price_creator_2027")
    february = invoice(line("price_creator", "2026-02-01", "2026-03-01"), id="in_2")
    stripe.says(
        subscriptions=[subscription(starts="2026-02-01", ends="2026-03-01")], invoices=[february, invoice()]
    )
    account = look()
    assert (account.plan_id, len(grants("invoice"))) == ("creator", 2)


def test_a_price_that_no_plan_has_changes_nothing_and_is_reported_once(customer, stripe):
    stripe.says(subscriptions=[subscription(price="price_odd")])
    assert (look().plan_id, audited()) == ("free", ["price_unknown"])


def test_an_account_whose_owner_was_erased_keeps_adding_up(customer, stripe):
    stripe.says(subscriptions=[subscription()], invoices=[invoice()])
    User.objects.filter(pk=customer.account.owner_id).delete()
    want_look(Customer.objects.all())
    assert (look_at_customers(), find_drift()) == (1, [])
    customer.refresh_from_db()
    assert (customer.last_error, customer.account.plan_id, told()) == ("", "free", [])


def test_an_older_answer_changes_no_row(customer, stripe):
    stripe.says(subscriptions=[subscription()])
    look()
    Subscription.objects.update(asked_at=datetime(2999, 1, 1, tzinfo=UTC))
    stripe.says(subscriptions=[subscription(status="past_due")])
    want_look(Customer.objects.all())
    LOOKS.work_off()
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE


def test_without_a_key_nobody_is_looked_at(customer, settings):
    want_look(Customer.objects.all())
    assert look_at_customers() == 0


def test_customers_of_the_other_mode_are_left_alone(customer, stripe):
    Customer.objects.update(is_live=True)
    want_look(Customer.objects.all())
    assert (look_at_customers(), stripe.asked) == (0, [])
