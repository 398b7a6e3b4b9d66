"""What the address that Google rings at takes, and what it leaves alone. Each forged message changes no row."""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from structlog.testing import capture_logs

from drive import bell, pushes
from drive.enums import Trouble
from drive.models import Channel, Connection

pytestmark = pytest.mark.django_db
ADDRESS = "/drive/ring/"
TOKEN = "the-secret-token-of-the-channel"
LATER = timedelta(hours=1)


@pytest.fixture
def rings(monkeypatch) -> list[int]:
    """How often each call rang for workers."""
    rung: list[int] = []
    monkeypatch.setattr(bell.doorbell, "ring", lambda times=1: rung.append(times))
    return rung


@pytest.fixture
def channel(cast) -> Channel:
    """Of a connection whose next look is an hour away."""
    later = timezone.now() + LATER
    connection = Connection.objects.create(owner=cast.owner, kind="google", account="1", due_at=later)
    digest = sha256(TOKEN.encode()).hexdigest()
    return Channel.objects.create(
        connection=connection, token_sha256=digest, resource_id="res", expires_at=later
    )


@pytest.fixture
def push(channel, rings, django_capture_on_commit_callbacks):
    """Posts a message as Google does, with headers changed by name, and returns the answer's status."""

    def post(number: int = 2, body: bytes = b"", **changed: str) -> int:
        headers = {
            "X-Goog-Channel-ID": str(channel.pk),
            "X-Goog-Channel-Token": TOKEN,
            "X-Goog-Resource-ID": "res",
            "X-Goog-Message-Number": str(number),
            "X-Goog-Resource-State": "change",
        }
        headers |= {f"X-Goog-{name.replace('_', '-')}": value for name, value in changed.items()}
        client = Client(enforce_csrf_checks=True)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(ADDRESS, body, content_type="application/json", headers=headers)
        assert (answer.content, answer.cookies) == (b"", {})
        return answer.status_code

    return post


def rows() -> list[object]:
    return [list(Channel.objects.values()), list(Connection.objects.values())]


def is_due(channel) -> bool:
    connection = Connection.objects.get(pk=channel.connection_id)
    return connection.rang_at is not None and connection.due_at <= timezone.now()


def test_a_push_has_its_connection_looked_at_now(channel, push, rings):
    assert (push(), rings, is_due(channel)) == (204, [1], True)


FORGED = {
    "another token": {"Channel_Token": "x" * 43},
    "no token": {"Channel_Token": ""},
    "a token with signs that are not ASCII": {"Channel_Token": "\u00e9" * 43},
    "the digest instead of the token": {"Channel_Token": sha256(TOKEN.encode()).hexdigest()},
    "an endless token": {"Channel_Token": TOKEN * 100},
    "an unknown channel": {"Channel_ID": str(uuid4())},
    "no channel": {"Channel_ID": ""},
    "a channel that is no id": {"Channel_ID": "' OR 1=1"},
    "another resource": {"Resource_ID": "other"},
    "no resource": {"Resource_ID": ""},
    "no number": {"Message_Number": ""},
    "number 0": {"Message_Number": "0"},
    "a negative number": {"Message_Number": "-3"},
    "digits that are not ASCII": {"Message_Number": "\u00b2"},
    "a number that no row can hold": {"Message_Number": str(2**63)},
    "a number without end": {"Message_Number": "9" * 5000},
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_push_queues_nothing_and_changes_no_row(push, rings, forged):
    before = rows()
    with CaptureQueriesContext(database) as queries, capture_logs() as logs:
        assert push(**FORGED[forged]) == 404
    assert (rows(), rings) == (before, [])
    assert len([each for each in queries if "SAVEPOINT" not in each["sql"]]) <= 1
    assert [set(line) for line in logs if line["event"] == "push_refused"] == [
        {"event", "log_level", "reason"}
    ]


def test_forged_pushes_do_not_fill_the_log(push):
    with capture_logs() as logs:
        for _ in range(pushes.REFUSALS.most + 5):
            push(Channel_Token="wrong")
    assert len([line for line in logs if line["event"] == "push_refused"]) == pushes.REFUSALS.most


def test_a_duplicate_and_one_that_was_overtaken_are_taken_without_a_look(channel, push, rings):
    assert push(5) == 204
    before = rows()
    assert [push(5), push(3), push(5)] == [204, 204, 204]
    assert (rows(), rings) == (before, [1])
    assert (push(6), rings) == (204, [1, 1])


def test_the_first_message_of_a_channel_says_only_that_it_works(channel, push, rings):
    assert push(1, Resource_State="sync") == 204
    assert (rings, is_due(channel)) == ([], False)
    assert (push(2), rings) == (204, [1])


def test_a_push_that_is_faster_than_the_answer_about_its_channel_is_taken(channel, push, rings):
    Channel.objects.update(resource_id="")
    assert (push(), rings) == (204, [1])


@pytest.mark.parametrize(
    "ended",
    [
        lambda channel: Channel.objects.update(expires_at=timezone.now()),
        lambda channel: Connection.objects.update(disconnected_at=timezone.now()),
        lambda channel: Connection.objects.update(trouble=Trouble.ACCESS_LOST),
        lambda channel: channel.delete(),
    ],
    ids=["expired", "disconnected", "without access", "stopped"],
)
def test_a_push_of_what_has_ended_changes_nothing(channel, push, rings, ended):
    ended(channel)
    before = rows()
    assert (push(), rows(), rings) == (404, before, [])


def test_a_worker_that_looks_right_now_keeps_its_lease(channel, push, rings):
    lease, until = uuid4(), timezone.now() + LATER
    Connection.objects.update(token=lease, due_at=until)
    assert push() == 204
    connection = Connection.objects.get()
    assert (connection.token, connection.due_at) == (lease, until)
    assert connection.rang_at


def test_what_the_body_says_does_not_matter(push, rings):
    assert push(body=b'{"kind": "api#channel", ') == 204
    assert rings == [1]


def test_only_a_post_rings(client, db):
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
