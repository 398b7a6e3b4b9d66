"""People are reminded once, three days before their trial ends; of a shorter trial, at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection

from accounts.models import Notification
from accounts.notifications import notify
from billing.enums import SubscriptionStatus
from billing.ledger import open_credit_account
from billing.models import Customer, Plan, Subscription
from billing.notifications import trials
from billing.notifications.trials import remind_of_trials
from billing.tasks import remind_of_trials as periodic_reminder
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due
from tests.jobs.lifecycle.threads import together

START = datetime(2027, 2, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(START, tick=False)
    return time_machine


@pytest.fixture
def begin_trial(cast, clock):
    """Makes a trial of the Creator plan that lasts so long."""

    def begin(owner=None, *, days=14, **fields):
        owner = owner or cast.owner
        account = open_credit_account(owner)
        customer = Customer.objects.create(account=account, customer_id=f"cus_{owner.pk}", is_live=False)
        ends_at = START + timedelta(days=days)
        values = {
            "plan": Plan.objects.get(slug="creator"),
            "status": SubscriptionStatus.TRIAL,
            "period_starts_at": START,
            "period_ends_at": ends_at,
            "trial_ends_at": ends_at,
            "asked_at": START,
        }
        return Subscription.objects.create(
            customer=customer, subscription_id=f"sub_{owner.pk}", **values | fields
        )

    return begin


def told():
    return [facts["trial_ends_at"] for facts in Notification.objects.values_list("facts", flat=True)]


def test_it_is_told_three_days_before_the_end_and_once(begin_trial, clock):
    subscription = begin_trial()
    seen = []
    for hour in range(15 * 24):
        clock.move_to(START + timedelta(hours=hour), tick=False)
        remind_of_trials()
        seen.append(len(told()))
    assert (seen.index(1), seen[-1]) == (11 * 24, 1)
    assert told() == [subscription.trial_ends_at.isoformat()]
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("days", [1, 2, 3])
def test_a_short_trial_is_told_of_at_once(begin_trial, days):
    begin_trial(days=days)
    remind_of_trials()
    assert len(told()) == 1


def test_what_is_no_trial_or_is_over_is_not_told(cast, begin_trial, clock):
    begin_trial(status=SubscriptionStatus.ACTIVE)
    begin_trial(cast.other, days=1)
    clock.move_to(START + timedelta(days=2), tick=False)
    remind_of_trials()
    assert told() == []


def test_an_end_that_is_moved_is_told_again(begin_trial):
    subscription = begin_trial(days=2)
    remind_of_trials()
    subscription.trial_ends_at += timedelta(days=1)
    subscription.save()
    remind_of_trials()
    remind_of_trials()
    assert len(told()) == 2


def test_a_person_who_cannot_be_told_does_not_hold_up_the_others(cast, begin_trial, monkeypatch):
    first, second = begin_trial(days=1), begin_trial(cast.other, days=2)

    def fail_for_the_first(kind, user, **more):
        if user == first.customer.account.owner:
            raise ValueError
        return notify(kind, user, **more)

    with monkeypatch.context() as patched:
        patched.setattr(trials, "notify", fail_for_the_first)
        remind_of_trials()
    assert told() == [second.trial_ends_at.isoformat()]
    remind_of_trials()
    assert sorted(told()) == [first.trial_ends_at.isoformat(), second.trial_ends_at.isoformat()]


def test_a_person_who_was_erased_is_not_told(cast, begin_trial):
    begin_trial(days=2)
    cast.owner.delete()
    remind_of_trials()
    assert (told(), Delivery.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_of_many_that_remind_at_once_one_tells(begin_trial):
    begin_trial(days=2)
    together(*[remind_of_trials] * 8)
    assert (len(told()), Delivery.objects.count()) == (1, 1)
    with pytest.raises(ObjectDoesNotExist):
        Subscription.objects.get(reminded_of=None)


def test_the_mail_says_when_how_much_and_how_to_stop(begin_trial, mailoutbox):
    begin_trial(days=2)
    assert periodic_reminder() is True
    hand_on_due()
    (mail,) = mailoutbox
    assert mail.subject == "Your trial of the Creator plan ends on 22 February 2027 UTC"
    words = " ".join(mail.body.split())
    assert "ends on 22 Feb 2027, 12:00 UTC." in words
    assert "costs €19 a month from then on. To stop it, cancel it on the page of your plan" in words
    assert "/billing/" in words


def test_a_trial_that_was_cancelled_costs_nothing_and_the_mail_says_so(begin_trial, mailoutbox):
    begin_trial(days=2, ends_at=START + timedelta(days=2))
    remind_of_trials()
    hand_on_due()
    (mail,) = mailoutbox
    assert "You have cancelled it, so nothing is charged." in " ".join(mail.body.split())
