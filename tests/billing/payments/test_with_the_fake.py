"""Stories with the stateful fake: it signs and posts its webhooks to our address, and the worker looks."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from stripe import StripeClient

from accounts.models import Notification
from billing.enums import SubscriptionStatus
from billing.ledger import bring_all_up_to_date, find_drift, hold_credits, open_credit_account, settle
from billing.models import CreditAccount, Customer, Invoice, LedgerEntry, Plan, StripeEvent, Subscription
from billing.payments import client as our_client
from billing.payments.look import look_at_customers
from billing.payments.reconcile import catch_up, want_all
from billing.stripe_fake import API_VERSION, DECLINED, GOOD, people
from billing.stripe_fake.transport import FakeTransport
from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from tests.billing.payments.signing import ADDRESS, SECRETS
from tests.stripe.checked import CheckedWorld
from tests.stripe.shop import Shop

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
STARTED = "subscription_started"


class Story:
    """A person who buys at the fake, and our site. `is_heard`: whether webhooks arrive."""

    def __init__(self, clock, world, owner, browser) -> None:
        self.clock, self.world, self.owner, self.browser = clock, world, owner, browser
        self.shop = Shop(
            world, StripeClient("sk_test_1", stripe_version=API_VERSION, http_client=FakeTransport(world))
        )
        self.shop.v1.customers.update(self.shop.customer, {"email": owner.email})
        self.is_heard, self.now = True, START
        world.deliver = self.post
        for slug in ("creator", "studio"):
            Plan.objects.filter(slug=slug).update(price_id=getattr(self.shop, slug))
        account = open_credit_account(owner)
        Customer.objects.create(
            account=account, customer_id=self.shop.customer, is_live=False, wanted_at=None
        )

    def post(self, payload: bytes, signature: str) -> None:
        if self.is_heard:
            headers = {"Stripe-Signature": signature}
            answer = self.browser.post(ADDRESS, payload, content_type="application/json", headers=headers)
            assert answer.status_code == 200

    def wait(self, days: float) -> None:
        """Time goes by, at Stripe and here, with the worker at work each day."""
        until = self.now + days * DAY
        while self.now < until:
            self.now = min(until, self.now + DAY)
            self.clock.move_to(self.now)
            self.world.advance(self.now)
            self.work()

    def work(self) -> None:
        look_at_customers()
        bring_all_up_to_date()
        assert (find_drift(), set(Customer.objects.values_list("last_error", flat=True))) == ([], {""})

    @property
    def account(self) -> CreditAccount:
        return CreditAccount.objects.get(owner=self.owner)

    def given(self, source: str) -> list[int]:
        granted = LedgerEntry.objects.filter(source=source, kind="grant").order_by("pk")
        return list(granted.values_list("amount", flat=True))

    def told(self) -> list[str]:
        """Of payments; what is said of used credits is tested elsewhere."""
        told = Notification.objects.exclude(kind__startswith="quota").order_by("pk")
        return list(told.values_list("kind", flat=True))


@pytest.fixture
def story(selling, settings, monkeypatch, cast, client):
    world = CheckedWorld(now=START, seed=1, webhook_secrets=SECRETS[:1])
    monkeypatch.setattr(our_client, "Transport", lambda time_left: FakeTransport(world))
    our_client._client.cache_clear()
    with time_machine.travel(START, tick=False) as clock:
        yield Story(clock, world, cast.owner, client)
    our_client._client.cache_clear()


def test_a_subscription_is_bought_and_renewed_at_the_ends_of_months(story):
    story.shop.subscribe()
    story.work()
    assert (story.account.plan_id, story.given("invoice")) == ("creator", [1_000])
    assert story.account.period_ends_at == datetime(2026, 2, 28, 12, tzinfo=UTC)
    story.wait(60)
    assert (story.given("invoice"), story.account.plan_id) == ([1_000] * 3, "creator")
    assert story.account.period_ends_at == datetime(2026, 4, 30, 12, tzinfo=UTC)
    assert (Invoice.objects.filter(status="paid").count(), story.told()) == (3, [STARTED])


def test_a_trial_becomes_a_plan(story):
    story.shop.subscribe(trial_days=14)
    story.work()
    assert (story.account.plan_id, story.given("trial"), story.given("invoice")) == ("creator", [100], [])
    story.wait(15)
    assert (story.given("trial"), story.given("invoice")) == ([100], [1_000])
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE


def test_each_payment_counts_once_however_much_time_passes_on_the_page_of_the_play(story):
    subscription = story.shop.subscribe(trial_days=14)
    story.wait(1)
    for _ in ("the trial nears its end", "ends", "is paid for", "the month ends", "the next is paid for"):
        people.pass_time(story.world, subscription.id)
        story.work()
    assert (story.given("trial"), story.given("invoice")) == ([100], [1_000, 1_000])


def test_an_upgrade_in_the_middle_of_a_period_gives_half_of_the_difference(story):
    story.shop.subscribe()
    story.wait(14)
    story.shop.change(story.shop.studio)
    story.work()
    assert (story.account.plan_id, story.given("invoice")) == ("studio", [1_000, 4_500])
    story.wait(15)
    assert story.given("invoice") == [1_000, 4_500, 10_000]


def test_payments_that_fail_are_told_then_block_and_end_the_plan(story):
    story.shop.subscribe()
    story.work()
    people.change_card(story.world, story.shop.customer, DECLINED)
    story.wait(29)
    assert (story.account.plan_id, Subscription.objects.get().status) == ("creator", "past_due")
    since = Subscription.objects.get().past_due_since
    assert (story.account.blocked_from, story.told()) == (since + 7 * DAY, [STARTED, "payment_failed"])
    story.wait(30)
    assert (story.account.plan_id, story.account.blocked_from) == ("free", None)
    assert story.told()[-1] == "subscription_ended"
    assert story.told().count("payment_failed") == len(story.told()) - 2 > 1
    assert story.given("invoice") == [1_000]


def test_a_payment_that_failed_and_then_works_unblocks(story):
    story.shop.subscribe()
    people.change_card(story.world, story.shop.customer, DECLINED)
    story.wait(29)
    invoice = story.shop.invoices()[0].id
    assert people.pay_invoice(story.world, invoice, GOOD) == "succeeded"
    story.work()
    assert (story.account.blocked_from, story.given("invoice")) == (None, [1_000, 1_000])


def test_three_days_without_webhooks_are_made_up_for(story):
    story.is_heard = False
    story.shop.subscribe()
    story.wait(3)
    assert story.account.plan_id == "free"
    assert catch_up() == len(story.world.events)
    story.work()
    assert (story.account.plan_id, story.given("invoice")) == ("creator", [1_000])
    assert (catch_up(), StripeEvent.objects.count()) == (0, len(story.world.events))


def test_a_renewal_that_no_event_tells_is_found_at_night(story):
    story.shop.subscribe()
    story.work()
    story.is_heard = False
    story.wait(29)
    assert story.given("invoice") == [1_000]
    want_all()
    story.work()
    assert story.given("invoice") == [1_000, 1_000]


def test_a_customer_who_is_deleted_at_stripe_falls_back_to_the_free_plan(story):
    story.shop.subscribe()
    story.work()
    people.delete_customer(story.world, story.shop.customer)
    story.work()
    assert (story.account.plan_id, Customer.objects.get().deleted_at is None) == ("free", False)
    assert story.told() == [STARTED, "subscription_ended"]


def paid(story) -> str:
    """The charge of the first period, and the worker has granted its credits."""
    story.shop.subscribe()
    story.work()
    return people.charge_of(story.world, story.shop.invoices()[0].id)


def spend(story, amount: int) -> None:
    with transaction.atomic():
        hold_credits(owner_id=story.owner.pk, amounts={"job:1": amount}, label="cinematic")
        settle("job:1")


def test_a_refund_takes_what_is_unspent_and_the_rest_is_owed(story):
    charge = paid(story)
    spend(story, 700)
    people.refund(story.world, charge)
    story.work()
    assert (story.account.available, story.account.debt) == (0, 650)  # 50 of the free month went first
    assert (story.told(), Invoice.objects.get().refunded_cents) == ([STARTED, "payment_refunded"], 1_900)
    with pytest.raises(Refused, match="650"):
        spend(story, 1)
    story.work()
    assert story.account.debt == 650


def test_refunds_in_parts_take_parts_once_each(story):
    charge = paid(story)
    for cents in (475, 475):
        people.refund(story.world, charge, cents)
        story.work()
        story.work()
    assert (story.account.available, story.account.debt) == (550, 0)
    assert story.told() == [STARTED] + ["payment_refunded"] * 2


def test_more_refunds_of_a_payment_than_stripe_lists_in_a_charge_all_count(story):
    charge = paid(story)
    for _ in range(12):
        people.refund(story.world, charge, 95)
    story.work()
    story.work()
    assert (story.account.available, story.account.debt) == (1_050 - 12 * 50, 0)
    assert story.told() == [STARTED] + ["payment_refunded"] * 12


def test_a_dispute_takes_and_its_win_gives_back_and_staff_are_told(story, django_user_model):
    member = django_user_model.objects.create_user("member@example.org", is_staff=True)
    charge = paid(story)
    dispute = people.open_dispute(story.world, charge)
    story.work()
    assert (story.account.available, story.account.debt) == (50, 0)
    assert set(Notification.objects.values_list("user__email", "kind")) == {
        (story.owner.email, STARTED),
        (story.owner.email, "payment_disputed"),
        (member.email, "dispute_opened"),
    }
    people.close_dispute(story.world, dispute, "won")
    story.work()
    story.work()
    assert (story.account.available, story.given("dispute_undone")) == (1_050, [1_000])
    lines = AuditLine.objects.exclude(action="plan_changed").order_by("pk")
    assert list(lines.values_list("action", "subject")) == [
        ("payment_disputed", f"dispute:{dispute}"),
        ("dispute_undone", f"dispute:{dispute}"),
    ]


def test_a_dispute_that_is_lost_stays_and_a_period_that_is_bought_repays_the_debt(story):
    charge = paid(story)
    spend(story, 1_000)
    people.close_dispute(story.world, people.open_dispute(story.world, charge), "lost")
    story.work()
    assert (story.account.available, story.account.debt) == (0, 950)
    story.wait(29)
    assert story.account.debt == 0
    assert story.account.available == 50


def test_what_is_refunded_before_we_heard_of_the_payment_comes_and_goes(story):
    story.is_heard = False
    story.shop.subscribe()
    people.refund(story.world, people.charge_of(story.world, story.shop.invoices()[0].id))
    want_all()
    assert catch_up() > 0
    story.work()
    assert (story.account.available, story.account.debt, story.given("invoice")) == (50, 0, [1_000])
