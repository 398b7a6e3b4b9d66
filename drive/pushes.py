"""The doorbell that a source rings when something changed. What changed, the look afterwards asks the source itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

import structlog
from django.utils import timezone

from creator.lib.rate_limits import RateLimit, take
from drive.bell import look_now
from drive.models import Channel

log = structlog.get_logger(__name__)
LONGEST = 256
"""Google's channel tokens have at most so many characters; ours have 43."""
HIGHEST = 2**63 - 1
SYNC = "sync"
"""The state of the first message of a channel: it says that the channel works, not that something changed."""
REFUSALS = RateLimit("drive.ring", "refused", most=60, period_s=60)
"""So many refused messages are logged: anybody can send them."""


@dataclass(frozen=True)
class Push:
    """What the headers of a message say. `number` grows with each message of a channel."""

    channel: UUID
    token: str = field(repr=False)
    resource: str
    number: int
    state: str


def ring(headers: Mapping[str, str]) -> bool:
    """Has the connection of the channel looked at soon. Returns whether the message is of a channel of ours.

    One that came before, or was overtaken, is of ours too but changes nothing. One that is not costs one statement
    at most and changes no row.
    """
    push = _read(headers)
    if push is None:
        return _refuse("malformed")
    channel = Channel.objects.select_related("connection").filter(pk=push.channel).first()
    shown = sha256(push.token.encode()).hexdigest()
    if not compare_digest(shown, channel.token_sha256 if channel else ""):
        return _refuse("token" if channel else "unknown")
    assert channel
    if channel.resource_id and channel.resource_id != push.resource:
        return _refuse("resource")
    connection = channel.connection
    if channel.expires_at <= timezone.now() or connection.trouble or not connection.is_open:
        return _refuse("ended")
    _note(channel, push)
    return True


def _note(channel: Channel, push: Push) -> None:
    """Nothing if a message of this number or a later one rang before.

    Not one transaction, because what ends a connection locks that first and its channels then. A ring that gets lost
    between the two statements is made up for by the next look from time to time.
    """
    newer = Channel.objects.filter(pk=channel.pk, last_number__lt=push.number)
    if not newer.update(last_number=push.number) or push.state == SYNC:
        return
    look_now(channel.connection)


def _read(headers: Mapping[str, str]) -> Push | None:
    """None for headers that no message of a channel of ours has."""
    token, number = headers.get("X-Goog-Channel-Token", ""), headers.get("X-Goog-Message-Number", "")
    if not 0 < len(token) <= LONGEST or not (number.isascii() and number.isdecimal() and len(number) < 20):
        return None
    if not 0 < int(number) <= HIGHEST:
        return None
    try:
        channel = UUID(headers.get("X-Goog-Channel-ID", ""))
    except ValueError:
        return None
    resource, state = headers.get("X-Goog-Resource-ID", ""), headers.get("X-Goog-Resource-State", "")
    return Push(channel, token, resource, int(number), state)


def _refuse(reason: str) -> bool:
    """Says why in the log: a word of ours, nothing of what was sent."""
    if take(REFUSALS):
        log.warning("push_refused", reason=reason)
    return False
