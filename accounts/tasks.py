"""Periodic tasks of accounts. Tasks have explicit names, no arguments and no results."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from accounts import api_keys, erasure, export, notifications
from creator.lib.bounds import DATABASE_UPKEEP_REPLY_S
from creator.lib.postgresql.patience import replies_within
from creator.platform.periodic import once_per_slot


@shared_task(name="accounts.make_exports")
@replies_within(DATABASE_UPKEEP_REPLY_S)
def make_exports() -> None:
    """May run twice in one period: each export is leased."""
    export.make_due_exports()


@shared_task(name="accounts.erase_due")
@replies_within(DATABASE_UPKEEP_REPLY_S)
def erase_due() -> None:
    """May run twice in one period: each erasure is leased."""
    erasure.erase_due()


@shared_task(name="accounts.purge_exports")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("accounts.purge_exports", timedelta(minutes=10))
def purge_exports() -> None:
    export.purge_exports()


@shared_task(name="accounts.warn_of_expiring_keys")
@once_per_slot("accounts.warn_of_expiring_keys", timedelta(hours=1))
def warn_of_expiring_keys() -> None:
    api_keys.warn_of_expiring_keys()


@shared_task(name="accounts.prune_notifications")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("accounts.prune_notifications", timedelta(hours=1))
def prune_notifications() -> None:
    notifications.prune_notifications()
