"""Where Google did not answer when an access ended, it is told later; the access is kept encrypted for that alone."""

from datetime import timedelta

import pytest
from django.db.models import Q

from creator.platform.models import Delivery
from creator.platform.outbox import handing_on, lease
from creator.platform.pruning import prune
from drive.connections import disconnect
from drive.google_fake.faults import Fault
from drive.leaving import LEAVE
from drive.models import Connection
from drive.opening import SECRETS
from drive.personal_data import forget_connections
from tests.drive.google.test_connections import stored_text


@pytest.fixture
def left(google, cast, connect, monkeypatch):
    """Ends the access while Google is away; returns the refresh token that Google does not know as ended."""
    monkeypatch.setattr("drive.sources.google.exchange.PATIENCE_S", 0)

    def leave(end=disconnect) -> str:
        connection = connect(cast.owner)
        token = SECRETS.decrypt(connection.access)
        google.server.faults.add(Fault(500, method="POST", path="/revoke"))
        assert not end(connection)
        return token

    return leave


def is_ended(google, token: str) -> bool:
    return google.server.oauth._refresh[token].is_revoked


def hand_on() -> Delivery:
    """One try. Returns the row after it."""
    Delivery.objects.update(due_at="2026-01-01T00:00Z")
    handing_on.hand_on(lease.take_due(Q(kind=LEAVE)))
    return Delivery.objects.get(kind=LEAVE)


def test_google_is_told_as_soon_as_it_answers_and_nothing_is_kept(google, left):
    token = left()
    assert Connection.objects.get().access == ""
    assert token not in stored_text()
    google.server.faults.add(Fault(500, method="POST", path="/revoke"))
    again = hand_on()
    assert (again.done_at, again.dead_at, is_ended(google, token)) == (None, None, False)
    told = hand_on()
    assert told.done_at
    assert told.payload == {}
    assert is_ended(google, token)


def test_also_after_the_person_is_erased(google, left, cast):
    token = left(lambda connection: not forget_connections(cast.owner))
    assert not Connection.objects.exists()
    assert hand_on().payload == {}
    assert is_ended(google, token)


def test_an_account_that_is_connected_again_keeps_its_access(google, left, cast, connect):
    token = left()
    connect(cast.owner)
    given_up = hand_on()
    assert given_up.dead_at
    assert given_up.payload == {}
    assert not is_ended(google, token)


def test_what_no_key_reads_is_given_up(left, settings):
    left()
    settings.ENCRYPTION_KEYS = ["lost" * 20]
    given_up = hand_on()
    assert (bool(given_up.dead_at), given_up.payload) == (True, {})


def test_a_worker_that_died_after_google_was_told_is_followed_by_one_that_says_so(left):
    left()
    Delivery.objects.filter(kind=LEAVE).update(payload={})
    assert hand_on().done_at


def test_after_three_days_nothing_is_kept(left):
    left()
    row = Delivery.objects.get(kind=LEAVE)
    for age, rows in ((timedelta(days=2, hours=23), 1), (timedelta(days=3, minutes=1), 0)):
        Delivery.objects.update(created_at=row.created_at - age)
        prune()
        assert Delivery.objects.filter(kind=LEAVE).count() == rows
