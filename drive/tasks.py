"""Periodic tasks of watched folders. A look may run twice at once: each connection is leased."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from creator.platform.periodic import once_per_slot
from drive import channels, notifications, watching
from drive.pausing import try_paused


@shared_task(name="drive.look")
def look() -> None:
    watching.look_due()


@shared_task(name="drive.try_paused")
@once_per_slot("drive.try_paused", timedelta(minutes=5))
def try_paused_folders() -> None:
    try_paused()


@shared_task(name="drive.send_digests")
@once_per_slot("drive.send_digests", timedelta(days=1))
def send_digests() -> None:
    notifications.send_digests()


@shared_task(name="drive.renew_channels")
@once_per_slot("drive.renew_channels", timedelta(minutes=1))
def renew_channels() -> None:
    channels.renew_channels()
