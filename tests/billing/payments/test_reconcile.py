"""What no webhook told is found: events that Stripe lists, customers who pay, checkouts whose end we did not see."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from billing.enums import HeardBy, RequestKind, RequestState, SubscriptionStatus
from billing.ledger import open_credit_account
from billing.models import CreditAccount, Customer, StripeEvent, StripeRequest, Subscription
from billing.payments.events import read_event
from billing.payments.inbox import take_in
from billing.payments.look import LOOKS
from billing.payments.reconcile import NIGHT, catch_up, want_all
from creator.lib.clock import read_database_now
from tests.billing.payments.signing import event
from tests.billing.payments.sync.objects import invoice, session, subscription

pytestmark = pytest.mark.django_db


def ago(**spans) -> int:
    return int((timezone.now() - timedelta(**spans)).timestamp())


def heard() -> dict[str, str]:
    return dict(StripeEvent.objects.values_list("event_id", "heard_by"))


def test_events_that_no_webhook_brought_are_taken_in_once(customer, stripe):
    take_in(read_event(event(1, created=ago(days=3))))
    Customer.objects.update(wanted_at=None)
    stripe.says(events=[event(3, created=ago(hours=1)), event(2, created=ago(days=2)), event(1)])
    assert (catch_up(), catch_up()) == (2, 0)
    assert heard() == {"evt_1": HeardBy.WEBHOOK, "evt_2": HeardBy.CATCH_UP, "evt_3": HeardBy.CATCH_UP}
    assert Customer.objects.get().wanted_at is not None


def test_all_pages_are_read(customer, stripe):
    stripe.says(events=[event(number, created=ago(minutes=number)) for number in range(250)])
    assert (catch_up(), stripe.asked) == (250, ["events"] * 3)


def test_a_run_that_breaks_is_taken_up_where_it_stopped(customer, stripe, monkeypatch):
    """The oldest first: the newest known event says from where on to list."""
    stripe.says(events=[event(2, created=ago(hours=1)), event(1, created=ago(days=9))])

    def take_in_and_lose_the_database(event, how):
        take_in(event, how)
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr("billing.payments.reconcile.take_in", take_in_and_lose_the_database)
        with pytest.raises(OperationalError):
            catch_up()
    assert heard() == {"evt_1": HeardBy.CATCH_UP}


def test_an_event_that_cannot_be_read_does_not_hold_up_the_others(customer, stripe):
    odd = event(2, created=ago(hours=2), data={"object": {}})
    stripe.says(events=[event(3, created=ago(hours=1)), odd, event(1, created=ago(hours=3))])
    assert (catch_up(), set(heard())) == (2, {"evt_1", "evt_3"})


@pytest.mark.parametrize(
    ("newest", "since"),
    [(None, {"days": 30}), ({"days": 3}, {"days": 3, "hours": 2}), ({"days": 40}, {"days": 30, "hours": 2})],
    ids=["nothing known", "two hours before the newest", "no longer than Stripe lists"],
)
def test_from_when_on_events_are_listed(customer, stripe, newest, since):
    if newest:
        take_in(read_event(event(created=ago(**newest))))
    stripe.says(events=[])
    listed = []
    answer = stripe._answer
    stripe._answer = lambda path, params: (listed.append(int(params["created[gte]"])), answer(path, params))[
        1
    ]
    catch_up()
    expected = ago(**since) if newest else ago(days=30, hours=2)
    assert abs(listed[0] - expected) <= 2


def other_customer(cast, **values) -> Customer:
    account = open_credit_account(cast.other)
    return Customer.objects.create(
        **{"account": account, "customer_id": "cus_2", "is_live": False, "wanted_at": None} | values
    )


def subscribe(customer, status=SubscriptionStatus.ACTIVE):
    now = timezone.now()
    Subscription.objects.create(
        customer=customer,
        subscription_id=f"sub_{customer.customer_id}",
        plan_id="creator",
        status=status,
        period_starts_at=now - timedelta(days=1),
        period_ends_at=now + timedelta(days=29),
        past_due_since=now if status == SubscriptionStatus.PAST_DUE else None,
        asked_at=now,
    )


@pytest.mark.parametrize(
    "status", [SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE]
)
def test_everybody_who_pays_is_looked_at_at_night(customer, stripe, cast, status):
    subscribe(customer, status)
    subscribe(other_customer(cast), SubscriptionStatus.ENDED)
    assert want_all() == 1
    assert list(Customer.objects.exclude(wanted_at=None).values_list("customer_id", flat=True)) == ["cus_1"]


@pytest.mark.parametrize(
    ("state", "age", "wanted"),
    [
        (RequestState.ASKED, {"hours": 1}, 1),
        (RequestState.SENT, {"days": 29}, 1),
        (RequestState.SENT, {"days": 31}, 0),
        (RequestState.DONE, {"hours": 1}, 0),
        (RequestState.FAILED, {"hours": 1}, 0),
    ],
)
def test_so_is_one_whose_checkout_has_no_end_yet(customer, stripe, state, age, wanted):
    request = StripeRequest.objects.create(
        account=customer.account, kind=RequestKind.TOP_UP, is_live=False, state=state
    )
    StripeRequest.objects.filter(pk=request.pk).update(created_at=timezone.now() - timedelta(**age))
    assert want_all() == wanted


def test_looks_of_a_night_are_spread_and_an_event_comes_first(customer, stripe, cast, monkeypatch):
    monkeypatch.setattr("billing.payments.reconcile.PAGE", 1)
    for each in (customer, other_customer(cast)):
        subscribe(each)
    want_all(over=NIGHT)
    now = read_database_now()
    waits = sorted((row.due_at - now) / timedelta(hours=1) for row in Customer.objects.all())
    assert [round(wait, 1) for wait in waits] == [0.0, 2.0]
    last = Customer.objects.order_by("-due_at").values_list("customer_id", flat=True)[0]
    take_in(read_event(event(data={"object": {"object": "customer", "id": last}})))
    assert Customer.objects.filter(due_at__lte=read_database_now()).count() == 2


def reconcile(*arguments: str) -> str:
    output = StringIO()
    call_command("reconcile_payments", *arguments, stdout=output)
    return output.getvalue()


def test_a_purchase_that_no_webhook_told_is_found_and_shown(customer, stripe):
    StripeRequest.objects.create(
        account=customer.account,
        kind=RequestKind.SUBSCRIBE,
        is_live=False,
        state=RequestState.SENT,
        object_id="cs_1",
    )
    now = timezone.now()
    paid = subscription(starts=f"{now:%Y-%m-01}", ends=f"{now + timedelta(days=31):%Y-%m-28}")
    stripe.says(
        subscriptions=[paid], invoices=[invoice()], sessions=[session(mode="subscription")], events=[]
    )
    shown = reconcile()
    account = CreditAccount.objects.get()
    assert f"account {account.pk}: plan_id free → creator\n" in shown
    assert f"account {account.pk}: sub_1 None → active\n" in shown
    assert "1 account differed" in shown
    assert "0 accounts differed" in reconcile()
    assert StripeRequest.objects.get().state == RequestState.DONE


def test_one_customer_is_looked_at_by_name(customer, stripe):
    stripe.says(subscriptions=[subscription()])
    assert "plan_id free → creator" in reconcile("--customer", "cus_1")
    with pytest.raises(CommandError, match="no customer cus_9"):
        reconcile("--customer", "cus_9")


def test_a_look_that_fails_is_said(customer, stripe):
    subscribe(customer)
    stripe.customer = {"id": "cus_of_another"}
    stripe.says(events=[])
    with pytest.raises(CommandError, match="Not all"):
        reconcile()


def test_without_a_key_the_command_says_so(db):
    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY"):
        reconcile()


def test_without_a_key_nothing_is_listed(db):
    assert (catch_up(), LOOKS.work_off()) == (0, 0)
