"""Tells Google later that an access has ended, where it did not answer when somebody disconnected or was erased.

Without that Google would keep a grant that nobody wants, and a copy of the database from before would still open it. For
this alone the access is kept, encrypted, in the row of the outbox: until Google was told, or for KEPT. To end one
grant at Google ends all of the account's with this app; so nothing is done once the account is connected again.
"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from secrets import token_urlsafe

from django.db.models import QuerySet

from accounts.encryption import Unreadable
from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox import Undeliverable, add_delivery
from drive.enums import SourceKind
from drive.models import Connection
from drive.opening import SECRETS, google_app
from drive.sources.google.exchange import Exchange
from drive.sources.google.oauth import revoke

LEAVE = "drive_leave"
KEPT = timedelta(days=3)
"""As long as the outbox tries."""


def leave_later(account: str, access: str) -> None:
    """Has Google told. `account` is its permission id, `access` the encrypted refresh token."""
    payload = {"account": account, "access": access}
    add_delivery(kind=LEAVE, destination="google", event_id=token_urlsafe(12), payload=payload)


def leave_google(delivery: Delivery) -> None:
    """The outbox's handler. Raises `Away`, and Undeliverable where no later try can help; nothing is kept then."""
    try:
        _end_access(delivery.payload)
    except Undeliverable:
        _forget(delivery)
        raise
    _forget(delivery)


def too_old() -> QuerySet[Delivery]:
    """What is given up, with all that it holds."""
    return Delivery.objects.filter(kind=LEAVE, created_at__lt=database_now(-KEPT.total_seconds()))


def _end_access(payload: dict[str, str]) -> None:
    if "access" not in payload:  # Google was told, and this worker's predecessor died before it said so
        return
    app = google_app()
    if app is None:
        raise Undeliverable("Google Drive is not offered here any more")
    known = Connection.objects.filter(kind=SourceKind.GOOGLE, account=payload["account"])
    if known.exclude(access="").exists():
        raise Undeliverable("the account is connected again")
    try:
        token = SECRETS.decrypt(payload["access"])
    except Unreadable as error:
        raise Undeliverable("the access cannot be read any more") from error
    with closing(Exchange()) as exchange:
        revoke(exchange, app, token=token)


def _forget(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(payload={})
