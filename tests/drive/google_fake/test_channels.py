"""Pushes of changes from the fake Google."""

import socket
import threading
from datetime import timedelta
from typing import Any

import httpx
import pytest

from drive.google_fake import Policy, Push, Server, World
from drive.google_fake.channels import LIFETIME_S, LONGEST_S
from tests.drive.google_fake.conftest import ANN, Caller, reason

HOOK = "http://hook.example/pushes"


@pytest.fixture
def came(server: Server) -> list[Push]:
    came: list[Push] = []
    server.channels.send = came.append
    return came


def _watch(ann: Caller, **more: str) -> httpx.Response:
    sent = {"id": "one", "type": "web_hook", "address": HOOK, "token": "shared", **more}
    return ann.send("POST", "changes/watch", json=sent, params={"pageToken": "1"})


def _told(came: list[Push]) -> list[tuple[str, str]]:
    return [(each.headers["X-Goog-Message-Number"], each.headers["X-Goog-Resource-State"]) for each in came]


def test_a_channel_begins_with_sync_and_tells_of_changes(
    server: Server, ann: Caller, world: World, came: list[Push]
) -> None:
    channel = _watch(ann).json()
    world.put(ANN, "a", content=b"x")
    world.put("bob@example.com", "b", content=b"x")
    assert server.channels.deliver() == 2
    assert _told(came) == [("1", "sync"), ("2", "change")]
    headers = came[-1].headers
    assert came[-1].address == HOOK
    assert (headers["X-Goog-Channel-Id"], headers["X-Goog-Channel-Token"]) == ("one", "shared")
    assert headers["X-Goog-Resource-Id"] == channel["resourceId"]
    assert "shared" not in repr(came)


def test_an_id_serves_once_and_a_stopped_channel_is_silent(
    server: Server, ann: Caller, world: World, came: list[Push]
) -> None:
    channel = _watch(ann).json()
    assert reason(_watch(ann)) == (400, "channelIdNotUnique")
    named: dict[str, Any] = {"id": "one", "resourceId": channel["resourceId"]}
    stopped = [ann.send("POST", "channels/stop", json=named).status_code for _ in range(2)]
    assert stopped == [204, 404]
    world.put(ANN, "a", content=b"x")
    server.channels.deliver()
    assert _told(came) == [("1", "sync")]


def test_a_channel_expires(server: Server, ann: Caller, world: World, came: list[Push]) -> None:
    far = str(int((world.now + timedelta(days=30)).timestamp() * 1000))
    lives = [_watch(ann, id="short").json(), _watch(ann, id="long", expiration=far).json()]
    left_s = [int(each["expiration"]) / 1000 - world.now.timestamp() for each in lives]
    assert left_s == [LIFETIME_S, LONGEST_S]
    assert _watch(ann, id="past", expiration="1").status_code == 400
    server.channels.deliver()
    came.clear()
    world.advance(LIFETIME_S)
    world.put(ANN, "a", content=b"x")
    server.channels.deliver()
    assert [each.headers["X-Goog-Channel-Id"] for each in came] == ["long"]


@pytest.mark.parametrize(
    ("policy", "numbers"),
    [
        (Policy.NORMAL, ["1", "2"]),
        (Policy.DUPLICATED, ["1", "1", "2", "2"]),
        (Policy.DROPPED, []),
        (Policy.REORDERED, ["2", "1"]),
    ],
)
def test_pushes_may_be_doubled_lost_or_late(
    server: Server, ann: Caller, world: World, came: list[Push], policy: Policy, numbers: list[str]
) -> None:
    server.channels.policy = policy
    _watch(ann)
    world.put(ANN, "a", content=b"x")
    server.channels.deliver()
    assert [number for number, _ in _told(came)] == numbers


def test_a_push_can_be_forged(server: Server, came: list[Push]) -> None:
    server.channels.forge(HOOK, channel_id="one", channel_token="guessed")
    assert came[0].headers == {"X-Goog-Channel-Id": "one", "X-Goog-Channel-Token": "guessed"}


def test_a_receiver_that_talks_nonsense_misses_its_push(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_talk_nonsense, args=[listening])
        thread.start()
        server.channels.forge(f"http://127.0.0.1:{listening.getsockname()[1]}/hook", channel_id="one")
        thread.join()


def _talk_nonsense(listening: socket.socket) -> None:
    caller, _ = listening.accept()
    with caller:
        caller.recv(4096)
        caller.sendall(b"nonsense\r\n\r\n")


def test_a_push_goes_over_http_and_a_receiver_may_be_away(server: Server, ann: Caller) -> None:
    calls: list[str] = []
    server.watchers.append(lambda call, reply: calls.append(f"{call.method} {call.path}"))
    _watch(ann, address=f"{server.url}/hook")
    _watch(ann, id="two", address="http://127.0.0.1:1/away")
    assert server.channels.deliver() == 2
    assert calls[-1] == "POST /hook"
