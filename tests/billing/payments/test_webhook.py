"""What the receiver of webhooks takes, refuses and leaves alone. The forged ones: each alone, and none changes a row."""

import gc
import weakref

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.enums import HeardBy
from billing.models import Customer, StripeEvent
from billing.payments.bell import doorbell
from billing.web.webhook import MOST_BYTES
from tests.billing.payments.forged import FORGED, LONGEST, TEXT
from tests.billing.payments.signing import (
    ADDRESS,
    FOREIGN_SECRET,
    SECRETS,
    deliver,
    event,
    post,
    signature,
)
from tests.house.tree import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def rings(monkeypatch) -> list[int]:
    """How often each call rang for workers."""
    rung: list[int] = []
    monkeypatch.setattr(doorbell, "ring", lambda times=1: rung.append(times))
    return rung


def rows():
    wanted = Customer.objects.filter(wanted_at__isnull=False).values_list("customer_id", flat=True)
    return StripeEvent.objects.count(), list(wanted)


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_webhook_gets_400_and_reads_and_writes_no_row(selling, customer, client, forged):
    text, header = FORGED[forged]()
    with CaptureQueriesContext(connection) as queries:
        answer = post(client, text, header)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert (queries.captured_queries, rows(), answer.cookies) == ([], (0, []), {})


def test_no_forged_webhook_stays_in_memory(selling, client):
    requests = {kind: weakref.ref(post(client, *make()).wsgi_request) for kind, make in FORGED.items()}
    gc.collect()
    assert [kind for kind, request in requests.items() if request()] == []


def test_nothing_of_ours_reads_a_message_without_checking_it():
    """The library has such functions beside the others: their names end the same way."""
    ours = texts(".py").items()
    unchecked = "without_" + "verification"
    assert [name for name, code in ours if unchecked in code] == []


def test_huge_begins_where_the_receiver_stops_reading():
    assert LONGEST == MOST_BYTES


def test_an_event_is_stored_and_its_customer_looked_at(
    selling, customer, client, rings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = deliver(client, event(created=1_700_000_000))
    assert (answer.status_code, answer.json(), answer.cookies) == (200, {"received": True}, {})
    stored = StripeEvent.objects.get()
    assert (stored.pk, stored.type, stored.customer_id, stored.object_id) == (
        "evt_1",
        "invoice.paid",
        "cus_1",
        "in_1",
    )
    assert (stored.is_live, stored.heard_by, stored.created_at.timestamp()) == (
        False,
        HeardBy.WEBHOOK,
        1_700_000_000,
    )
    assert (rows(), rings) == ((1, ["cus_1"]), [1])


def test_an_event_that_comes_again_changes_nothing(selling, customer, client):
    deliver(client, event())
    Customer.objects.update(wanted_at=None)
    assert deliver(client, event()).status_code == 200
    assert rows() == (1, [])


@pytest.mark.parametrize("secret", SECRETS)
def test_during_a_rotation_either_secret_works_and_so_do_both(selling, customer, client, secret):
    assert deliver(client, event(), secret=secret).status_code == 200
    both = f"{signature(TEXT, FOREIGN_SECRET)},{signature(TEXT, secret).partition(',')[2]}"
    assert (post(client, TEXT, both).status_code, rows()) == (200, (1, ["cus_1"]))


@pytest.mark.parametrize("age_s", [-290, 290])
def test_a_clock_that_differs_by_less_than_five_minutes_does_no_harm(selling, customer, client, age_s):
    assert deliver(client, event(), age_s=age_s).status_code == 200


@pytest.mark.parametrize(
    "foreign",
    [
        {"livemode": True},
        {"account": "acct_other"},
        {"data": {"object": {"object": "invoice", "id": "in_1", "customer": "cus_unknown"}}},
        {"data": {"object": {"object": "balance"}}},
    ],
    ids=["the other mode", "another account", "an unknown customer", "no customer"],
)
def test_an_event_that_is_not_for_us_is_counted_and_changes_nothing_else(selling, customer, client, foreign):
    assert deliver(client, event(**foreign)).status_code == 200
    assert rows() == (1, [])


def test_a_customer_of_the_other_mode_is_left_alone(selling, customer, client):
    Customer.objects.update(is_live=True)
    assert (deliver(client, event()).status_code, rows()) == (200, (1, []))


@pytest.mark.parametrize(
    "about",
    [
        {"object": "customer", "id": "cus_1"},
        {"object": "charge", "id": "ch_1", "customer": {"id": "cus_1", "object": "customer"}},
    ],
    ids=["the customer itself", "a customer given whole"],
)
def test_the_customer_is_found_in_any_kind_of_object(selling, customer, client, about):
    deliver(client, event(type="anything.new", data={"object": about}))
    assert rows() == (1, ["cus_1"])


def test_a_dispute_names_the_charge_that_its_customer_is_found_by(
    selling, customer, client, rings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        deliver(client, event(data={"object": {"object": "dispute", "id": "dp_1", "charge": "ch_1"}}))
    stored = StripeEvent.objects.get()
    assert (stored.customer_id, stored.object_id, rings) == ("", "ch_1", [1])


def test_without_secrets_there_is_nothing_at_this_address(customer, client):
    assert (deliver(client, event()).status_code, rows()) == (404, (0, []))


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_posts_are_taken(selling, client, method):
    answer = getattr(client, method)(ADDRESS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_what_a_browser_sends_along_is_not_looked_at(selling, customer, client, cast):
    """A person's session, an own host name, a form's token that is missing."""
    client.force_login(cast.owner)
    strict = type(client)(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    answer = deliver(strict, event())
    assert (answer.status_code, answer.cookies) == (200, {})
