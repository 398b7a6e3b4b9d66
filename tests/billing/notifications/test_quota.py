"""People are warned while a period is being used up: once a level and period, whatever is repeated or raced."""

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notification, NotificationPreference
from billing.ledger import hold_credits, open_credit_account, release
from billing.models import CreditAccount, Customer, Plan, Subscription
from creator.lib.errors import Refused
from creator.lib.formatting import moment
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due
from tests.jobs.lifecycle.threads import together

NOW = timezone.now()


@pytest.fixture
def owner(cast):
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, verified=True, primary=True)
    open_credit_account(cast.owner)
    return cast.owner


@transaction.atomic
def start(owner, jobs, *, price=1, name="job"):
    amounts = {f"{name}:{timezone.now().timestamp()}:{number}": price for number in range(jobs)}
    hold_credits(owner_id=owner.pk, amounts=amounts, label="cinematic")
    return list(amounts)


def told():
    return list(Notification.objects.order_by("pk").values_list("kind", flat=True))


def test_each_level_is_told_once_as_it_is_reached(owner):
    seen = []
    for _ in range(50):
        start(owner, 1)
        seen.append(len(told()))
    assert told() == ["quota_80", "quota_5", "quota_0"]
    assert (seen.index(1), seen.index(2), seen.index(3)) == (39, 44, 49)


def test_a_batch_that_reaches_several_is_told_of_as_the_furthest(owner):
    start(owner, 48)
    assert told() == ["quota_5"]
    start(owner, 2)
    assert told() == ["quota_5", "quota_0"]


def test_what_comes_back_and_is_used_again_is_not_told_again(owner):
    references = start(owner, 50)
    with transaction.atomic():
        for reference in references[:8]:
            release(reference)
    start(owner, 4)
    start(owner, 4)
    assert told() == ["quota_0"]


def test_the_next_period_tells_again(owner, time_machine):
    start(owner, 50)
    time_machine.move_to(timezone.now() + timedelta(days=32))
    start(owner, 1)
    assert told() == ["quota_0"]
    start(owner, 39)
    assert told() == ["quota_0", "quota_80"]
    assert Delivery.objects.count() == 2


def test_the_jobs_of_the_plan_count_as_credits_do(owner):
    Plan.objects.update(jobs_per_period=10)
    start(owner, 8)
    facts = Notification.objects.get().facts
    assert (told(), facts["credits_left"], facts["jobs_left"], facts["left"]) == (["quota_5"], 42, 2, 2)


def test_a_refused_submit_tells_nothing(owner):
    start(owner, 40)
    with pytest.raises(Refused):
        start(owner, 11)
    assert told() == ["quota_80"]


def looks(owner):
    """The statements of a submit that ask what is left, note a warning, or tell of it."""
    with CaptureQueriesContext(connection) as asked:
        start(owner, 1)
    told_of = (
        '"jobs_per_period", "billing_plan"',
        'SET "warned"',
        "accounts_notification",
        "platform_delivery",
    )
    return [each for each in asked.captured_queries if any(part in each["sql"] for part in told_of)]


def test_a_submit_pays_one_query_for_it_before_and_after_a_warning(owner):
    assert len(looks(owner)) == 1
    start(owner, 38)
    assert len(looks(owner)) == 5  # looks, notes it, reads the next plan, tells by page and mail
    assert len(looks(owner)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_many_that_start_at_once_are_told_once_of_each_level(owner):
    together(*[lambda: [start(owner, 1) for _ in range(5)] for _ in range(10)])
    assert told() == ["quota_80", "quota_5", "quota_0"]
    assert Delivery.objects.count() == 3


def test_the_mail_says_what_is_left_and_when_more_comes(owner, mailoutbox):
    start(owner, 22, price=2)
    hand_on_due()
    (mail,) = mailoutbox
    words = " ".join(mail.body.split())
    ends_at = moment(CreditAccount.objects.get(owner=owner).period_ends_at, "minute")
    assert mail.subject == "You can start 3 more pictures in this period"
    assert "you have 6 credits left, and your Free plan allows 28 more pictures." in words
    assert f"On {ends_at} the next period begins, with 50 credits." in words
    assert ("See plans and credits: http://127.0.0.1/billing/" in words, "for sale" in words) == (True, False)


def test_where_something_is_sold_the_mail_leads_to_the_prices(owner, mailoutbox, settings):
    settings.CONFIG = replace(settings.CONFIG, stripe="fake")
    start(owner, 50)
    hand_on_due()
    (mail,) = mailoutbox
    words = " ".join(mail.body.split())
    assert mail.subject in ("Your credits are used up", "The pictures of your Free plan are used up")
    assert ("See plans and credits: http://127.0.0.1/pricing/" in words, "for sale" in words) == (True, True)


def test_who_turned_the_mail_off_reads_it_on_the_page_only(owner, mailoutbox):
    for kind in ("quota_80", "quota_5", "quota_0"):
        NotificationPreference.objects.create(user=owner, kind=kind, mail=False)
    start(owner, 45)
    hand_on_due()
    assert (told(), mailoutbox) == (["quota_5"], [])


@pytest.mark.parametrize(
    ("subscription", "credits"),
    [
        ({"status": "active"}, 1_000),
        ({"status": "active", "ends_at": NOW + timedelta(days=30)}, 50),
        ({"status": "active", "next_plan_id": "studio"}, 10_000),
        ({"status": "ended"}, 1_000),
        (None, 1_000),
    ],
)
def test_what_the_next_period_brings_is_as_was_bought(owner, subscription, credits):
    """Without a subscription that goes on, the Creator plan is one that staff gave: its credits come each month."""
    account = CreditAccount.objects.get(owner=owner)
    CreditAccount.objects.filter(pk=account.pk).update(plan_id="creator")
    if subscription:
        customer = Customer.objects.create(account=account, customer_id="cus_1", is_live=False)
        period = {"period_starts_at": NOW, "period_ends_at": NOW + timedelta(days=30)}
        Subscription.objects.create(
            customer=customer,
            subscription_id="sub_1",
            plan_id="creator",
            asked_at=NOW,
            **period,
            **subscription,
        )
    start(owner, 40)
    assert Notification.objects.get().facts["next_credits"] == credits
