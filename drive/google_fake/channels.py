"""Channels: changes.watch, channels.stop, and the pushes that tell of changes."""

from __future__ import annotations

import enum
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPException
from typing import Any

from drive.google_fake.access import check_scope
from drive.google_fake.api import check_page, drive_named
from drive.google_fake.calls import Call, Reply
from drive.google_fake.errors import GoogleError, invalid
from drive.google_fake.oauth import Grant
from drive.google_fake.world import World

LIFETIME_S = 3600
LONGEST_S = 7 * 24 * 3600
REPLY_S = 10
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Not through a proxy of the environment: receivers are on this machine."""
TAKEN = {"id", "type", "address", "token", "expiration", "payload", "params"}


class Policy(enum.Enum):
    """What becomes of the pushes on their way."""

    NORMAL = "normal"
    DUPLICATED = "duplicated"
    DROPPED = "dropped"
    REORDERED = "reordered"
    """The pushes that wait together come last first."""


@dataclass
class Channel:
    """Where to tell of a log's changes, until `expires_at`."""

    id: str
    address: str
    token: str = field(repr=False)
    expires_at: datetime
    resource_id: str
    uri: str
    log: str
    grant: Grant = field(repr=False)
    sent: int = 0


@dataclass(frozen=True)
class Push:
    """A POST without a body."""

    address: str
    headers: dict[str, str] = field(repr=False)


def post(push: Push) -> None:
    """Send a push over HTTP. A receiver that is away or refuses misses it."""
    request = urllib.request.Request(push.address, data=b"", headers=push.headers, method="POST")  # noqa: S310
    try:
        DIRECTLY.open(request, timeout=REPLY_S).close()
    except (OSError, HTTPException):
        pass


class Channels:
    """The channels of one World. Pushes wait until `deliver`, or go out by themselves after `start`."""

    def __init__(self, world: World) -> None:
        self.policy = Policy.NORMAL
        self.send: Callable[[Push], None] = post
        """Sends one push; replaced by tests whose receiver has no address."""
        self.needs_https = False
        self.waiting: list[Push] = []
        self._world = world
        self._channels: dict[str, Channel] = {}
        self._used: set[str] = set()
        self._news = threading.Event()
        world.listeners.append(self._tell)

    def watch(self, grant: Grant, call: Call) -> dict[str, Any]:
        """changes.watch: the channel, to which a `sync` message goes. Raises `GoogleError` 400, 403, 404."""
        check_scope(grant)
        log = drive_named(self._world, grant, call) or grant.email
        check_page(self._world, log, call)
        row = call.row()
        self._check(row)
        uri = f"https://www.googleapis.com/drive/v3/changes?alt=json&pageToken={call.query['pageToken']}"
        channel = Channel(
            row["id"],
            row["address"],
            row.get("token", ""),
            self._expiry(row.get("expiration")),
            f"resource-{log}",
            uri,
            log,
            grant,
        )
        self._used.add(channel.id)
        self._channels[channel.id] = channel
        self._put(channel, "sync")
        answer = {
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": channel.resource_id,
            "resourceUri": uri,
        }
        answer |= {"token": channel.token} if channel.token else {}
        return {**answer, "expiration": str(int(channel.expires_at.timestamp() * 1000))}

    def stop(self, grant: Grant, call: Call) -> Reply:
        """channels.stop. Raises `GoogleError` 404 for a channel that is not there."""
        row = call.row()
        channel = self._channels.get(row.get("id", ""))
        is_theirs = channel is not None and channel.grant.email == grant.email
        if channel is None or not is_theirs or channel.resource_id != row.get("resourceId"):
            raise GoogleError(404, "notFound", f"Channel '{row.get('id', '')}' not found for project")
        del self._channels[channel.id]
        return Reply(204)

    def deliver(self) -> int:
        """Send the pushes that wait, as the policy says. Returns how many were sent."""
        with self._world.lock:
            waiting, self.waiting = self.waiting, []
        match self.policy:
            case Policy.DUPLICATED:
                waiting = [push for push in waiting for _ in range(2)]
            case Policy.DROPPED:
                waiting = []
            case Policy.REORDERED:
                waiting.reverse()
            case Policy.NORMAL:
                pass
        for push in waiting:
            self.send(push)
        return len(waiting)

    def forge(self, address: str, **headers: str) -> None:
        """Send a push that Google did not send: `channel_id="x"` is the header `X-Goog-Channel-Id`."""
        named = {f"X-Goog-{name.replace('_', '-').title()}": value for name, value in headers.items()}
        self.send(Push(address, named))

    def start(self) -> None:
        """Deliver from a thread from now on."""
        threading.Thread(target=self._deliver_always, daemon=True).start()

    def _deliver_always(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            self.deliver()

    def _tell(self, log: str) -> None:
        for channel in self._channels.values():
            is_live = channel.expires_at > self._world.now and not channel.grant.is_revoked
            if channel.log == log and is_live:
                self._put(channel, "change")

    def _put(self, channel: Channel, state: str) -> None:
        channel.sent += 1
        headers = {
            "X-Goog-Channel-Id": channel.id,
            "X-Goog-Channel-Expiration": format_datetime(channel.expires_at.astimezone(UTC), usegmt=True),
            "X-Goog-Message-Number": str(channel.sent),
            "X-Goog-Resource-Id": channel.resource_id,
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-Uri": channel.uri,
        }
        headers |= {"X-Goog-Channel-Token": channel.token} if channel.token else {}
        self.waiting.append(Push(channel.address, headers))
        self._news.set()

    def _check(self, row: dict[str, Any]) -> None:
        if set(row) - TAKEN or row.get("type") != "web_hook" or not row.get("id") or not row.get("address"):
            raise invalid("Invalid channel")
        if row["id"] in self._used:
            raise GoogleError(400, "channelIdNotUnique", f"Channel id {row['id']} not unique")
        if self.needs_https and not row["address"].startswith("https://"):
            raise GoogleError(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS")

    def _expiry(self, millis: str | None) -> datetime:
        """The time that was asked for, but at most a week ahead. Raises `GoogleError` 400 for the past."""
        if millis is None:
            return self._world.now + timedelta(seconds=LIFETIME_S)
        asked = datetime.fromtimestamp(int(millis) / 1000, UTC)
        if asked <= self._world.now:
            raise invalid("Invalid expiration")
        return min(asked, self._world.now + timedelta(seconds=LONGEST_S))
