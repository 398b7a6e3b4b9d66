"""Channels, through which Google calls us when files changed. We make a new one before the old one expires, and stop it when
no watched folder needs it.

Google has one change log of a person's own and one of each shared drive; a channel rings for one log. Where a log has
none that works, its connection is looked at as often as one that has no bell at all.
"""

from __future__ import annotations

import time
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.encryption import Unreadable
from creator.lib.clock import database_now
from drive.enums import SourceKind, Trouble
from drive.models import Channel, Connection
from drive.opening import open_source
from drive.sources.base import AccessLost, Away, SourceError
from drive.sources.google.source import GoogleSource, log_pages

log = structlog.get_logger(__name__)
LASTS_S = 7 * 24 * 3600
"""The longest that Google gives to channels of changes. It may give less."""
LEFT = 0.25
"""So much of its life a channel has left when the next one is made."""
SHORTEST_S = 60.0
AGAIN_S = 600.0
"""After a failure we try again in so many seconds. Until then we poll the connection as one without a channel."""
NOTHING_S = 24 * 3600.0
ONE_RUN_S = 45.0
"""A run begins no renewal after so long: the next one goes on."""


def renew_channels() -> int:
    """Renews what is due, oldest first; returns of how many connections. One statement if nothing is due."""
    until, done = time.monotonic() + ONE_RUN_S, 0
    while time.monotonic() < until and (connection := _take()):
        _renew_safely(connection)
        done += 1
    Channel.objects.filter(expires_at__lt=timezone.now()).delete()
    return done


def want_channels(connection: Connection) -> None:
    """Has the channels brought up to date soon: the folders that they serve have changed."""
    Connection.objects.filter(pk=connection.pk).update(channels_due_at=database_now())


def rings(connection: Connection, cursor: str) -> bool:
    """Whether every change log behind the cursor has a channel that has rung, if only to say that it works.

    One that never did is no bell: perhaps the source cannot reach this site.
    """
    logs = _logs(connection, cursor)
    working = connection.channels.filter(expires_at__gt=timezone.now(), last_number__gt=0)
    return bool(logs) and logs <= set(working.values_list("drive_id", flat=True))


def has_other_logs(connection: Connection, cursor: str) -> bool:
    """Whether other change logs are behind this cursor than behind the stored one: other channels are needed."""
    return _logs(connection, cursor) != _logs(connection, connection.cursor)


def stop_channels(source: GoogleSource, channels: QuerySet[Channel]) -> None:
    """Ends them at Google and forgets them. Raises SourceError; those that were ended before are forgotten then."""
    for channel in channels:
        if channel.resource_id:  # else Google never said that it is there
            source.stop(str(channel.pk), channel.resource_id)
        channel.delete()


def _logs(connection: Connection, cursor: str) -> set[str]:
    return set(log_pages(cursor)) if connection.kind == SourceKind.GOOGLE else set()


def _take() -> Connection | None:
    """The next connection that is due, taken: no other worker gets it before AGAIN_S are over."""
    due = Connection.objects.filter(
        kind=SourceKind.GOOGLE,
        trouble=Trouble.NONE,
        disconnected_at=None,
        channels_due_at__lte=database_now(),
    ).exclude(cursor="")
    while connection := due.order_by("channels_due_at").first():
        if due.filter(pk=connection.pk).update(channels_due_at=database_now(AGAIN_S)):
            return connection
    return None


def _renew_safely(connection: Connection) -> None:
    """A failure costs nothing but time; whether the access is lost, the next look finds out and tells."""
    try:
        wait_s = _renew(connection)
    except (SourceError, Unreadable) as error:
        log.warning("channel_not_renewed", connection=connection.pk, reason=str(error))
        wait_s = max(AGAIN_S, error.after_s if isinstance(error, Away) else 0)
    except Exception:
        log.exception("channel_not_renewed", connection=connection.pk)
        wait_s = AGAIN_S
    # a folder that was added during this run has made the connection due at once: that must stay
    mine = Connection.objects.filter(pk=connection.pk, channels_due_at__gt=database_now())
    mine.update(channels_due_at=database_now(wait_s))


def _renew(connection: Connection) -> float:
    """Makes the channels that are missing, then stops those that no folder needs. Returns seconds until the next renewal."""
    is_needed = _can_be_reached() and connection.watched.filter(is_ended=False).exists()
    pages = log_pages(connection.cursor) if is_needed else {}
    if not pages and not connection.channels.exists():
        return NOTHING_S
    kept: list[Channel] = []
    with open_source(connection) as source:
        assert isinstance(source, GoogleSource)
        for drive_id, page in pages.items():
            newest = connection.channels.filter(drive_id=drive_id).order_by("-expires_at").first()
            has_time = newest is not None and newest.resource_id and _wait_s(newest) > SHORTEST_S
            kept.append(newest if newest and has_time else _make(source, connection, drive_id, page))
        stop_channels(source, connection.channels.exclude(pk__in=[each.pk for each in kept]))
    return max(SHORTEST_S, min(map(_wait_s, kept), default=NOTHING_S))


def _make(source: GoogleSource, connection: Connection, drive_id: str, page: str) -> Channel:
    """The row comes first: Google may ring before it answers. It is deleted if Google refuses."""
    token = token_urlsafe(32)
    channel = Channel.objects.create(
        connection=connection,
        drive_id=drive_id,
        token_sha256=sha256(token.encode()).hexdigest(),
        expires_at=timezone.now() + timedelta(seconds=LASTS_S),
    )
    address = f"{settings.SITE_ADDRESS}{reverse('drive_ring')}"
    try:
        made = source.watch(page, str(channel.pk), token, address, LASTS_S, drive=drive_id)
    except SourceError:
        channel.delete()
        raise
    changes = {"resource_id": made.resource_id, "expires_at": made.expires_at or channel.expires_at}
    Channel.objects.filter(pk=channel.pk).update(**changes)
    try:
        return Channel.objects.get(pk=channel.pk)
    except Channel.DoesNotExist as error:
        source.stop(str(channel.pk), made.resource_id)
        raise AccessLost("its owner disconnected it while the channel was made") from error


def _wait_s(channel: Channel) -> float:
    """Seconds until its successor is to be made: LEFT of its life before it expires."""
    life = channel.expires_at - channel.created_at
    return (channel.expires_at - life * LEFT - timezone.now()).total_seconds()


def _can_be_reached() -> bool:
    """Google rings at https only. The fake of this machine rings anywhere."""
    return settings.SITE_ADDRESS.startswith("https://") or bool(settings.CONFIG.google_drive_url)
