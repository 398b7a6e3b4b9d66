"""A person's connections: made, made again, and ended."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.audit import record
from accounts.encryption import Unreadable
from accounts.enums import SecurityEvent
from accounts.models import User
from billing.enums import Feature
from billing.plans import require_feature
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from drive.channels import stop_channels
from drive.enums import SourceKind, Trouble
from drive.leaving import leave_later
from drive.models import Channel, Connection
from drive.opening import SECRETS, google_app, open_google
from drive.pausing import clear_trouble, note_trouble
from drive.sources.base import AccessLost, Away, SourceError
from drive.sources.google.exchange import Exchange
from drive.sources.google.oauth import (
    READ,
    SCOPES,
    WRITE,
    App,
    authorization_url,
    can_read,
    can_write,
    exchange_code,
    revoke,
)

log = structlog.get_logger(__name__)
NOT_CONFIRMED = "Google did not confirm this. Begin again."
NARROWED = "Google gave us less than we need: everything that its page lists has to be ticked. We kept nothing. Begin again."
AWAY = "Google does not answer at present. Try again in a minute."


@dataclass(frozen=True)
class Flow:
    """What must be kept until the person comes back from Google, out of reach of others."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)


def offered_scopes(user: User) -> Sequence[str]:
    """The scopes that this person is asked for: to see all and write, or only to write where the operator chose so.

    Raises Refused: `not_found` if Google Drive is not offered here, `plan_required`.
    """
    _require_app()
    require_feature(user.pk, Feature.DRIVE)
    return SCOPES if settings.CONFIG.google_drive == "read" else (WRITE,)


def begin_google(user: User, *, redirect_uri: str, account: str = "") -> tuple[Flow, str]:
    """What to keep, and the address at which the person confirms; `account` is the email that Google proposes.

    Raises Refused as `offered_scopes` does.
    """
    scopes, app = offered_scopes(user), _require_app()
    flow = Flow(state=token_urlsafe(32), verifier=token_urlsafe(48))
    address = authorization_url(
        app,
        redirect_uri=redirect_uri,
        state=flow.state,
        verifier=flow.verifier,
        scopes=scopes,
        account=account,
    )
    return flow, address


def finish_google(user: User, flow: Flow, *, code: str, redirect_uri: str, address: str = "") -> Connection:
    """Stores the access that Google gave for `code`. The same account again is the same connection, which goes on.

    The caller has compared the state. Raises Refused: `not_authenticated` if Google refuses the code, `not_allowed` if
    the person granted less than is needed (nothing is kept then, and Google is told so), `service_unavailable`, and as
    `offered_scopes` does.
    """
    scopes, app = offered_scopes(user), _require_app()
    try:
        with closing(Exchange()) as exchange:
            grant = exchange_code(exchange, app, code=code, redirect_uri=redirect_uri, verifier=flow.verifier)
            if not can_write(grant.scopes) or (READ in scopes and not can_read(grant.scopes)):
                revoke(exchange, app, token=grant.refresh_token)
                raise Refused("not_allowed", NARROWED)
        with open_google(app, grant.refresh_token, grant.scopes) as source:
            about = source.about()
    except AccessLost as error:
        raise Refused("not_authenticated", NOT_CONFIRMED) from error
    except Away as error:
        raise Refused("service_unavailable", AWAY, headers={"Retry-After": "60"}) from error
    with transaction.atomic():
        connection, _ = Connection.objects.update_or_create(
            owner=user,
            kind=SourceKind.GOOGLE,
            account=about.permission_id,
            defaults={
                "label": about.email[:320],
                "access": SECRETS.encrypt(grant.refresh_token),
                "scopes": " ".join(sorted(grant.scopes))[:500],
                "disconnected_at": None,
            },
        )
        clear_trouble(connection)
        record(SecurityEvent.DRIVE_CONNECTED, user, address=address, connection=str(connection.pk))
    return connection


def connect_folder(owner: User, root: Path, *, label: str) -> Connection:
    """Connects a directory of this server. Only an operator may name one: all that lies in it can be read.

    Connecting the same one again returns the same row.
    """
    found, _ = Connection.objects.get_or_create(
        owner=owner,
        kind=SourceKind.FOLDER,
        account=str(root.resolve()),
        defaults={"label": label},
    )
    if not found.is_open:
        clear_trouble(found)
    return found


def disconnect(connection: Connection, *, address: str = "") -> bool:
    """Forgets the access at once. Its channels are stopped and Google ends the access, if it answers.

    Folders and what was made of them stay known: connecting the same account again goes on with them. Returns whether
    the source was told; if not, that is tried again for a while, and the person may end the access there themselves.
    """
    is_told, access = connection.kind != SourceKind.GOOGLE or _leave_google(connection), connection.access
    with transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(
            access="",
            scopes="",
            cursor="",
            disconnected_at=database_now(),
            trouble=Trouble.NONE,
            troubled_at=None,
        )
        Channel.objects.filter(connection=connection).delete()
        if not is_told and access:
            leave_later(connection.account, access)
        record(
            SecurityEvent.DRIVE_DISCONNECTED, connection.owner, address=address, connection=str(connection.pk)
        )
    connection.refresh_from_db()
    return is_told


def _leave_google(connection: Connection) -> bool:
    app = google_app()
    try:
        token = SECRETS.decrypt(connection.access)
    except Unreadable:
        return False
    if app is None:
        return False
    try:
        with open_google(app, token, connection.scopes.split()) as source:
            stop_channels(source, connection.channels.all())
        with closing(Exchange()) as exchange:
            revoke(exchange, app, token=token)
    except SourceError as error:
        log.warning("drive_not_told", connection=connection.pk, reason=type(error).__name__)
        return isinstance(error, AccessLost)
    return True


def renew_secrets() -> tuple[int, int]:
    """Encrypts all stored access with the first of ENCRYPTION_KEYS.

    Returns how many, and how many could not be read: their owners are told to connect again.
    """
    stored: QuerySet[Connection] = Connection.objects.exclude(access="")
    results = [_renew(pk) for pk in stored.values_list("pk", flat=True)]
    return results.count(True), results.count(False)


@transaction.atomic
def _renew(pk: object) -> bool | None:
    """None if its owner has disconnected it since the list was read."""
    row = Connection.objects.select_for_update().filter(pk=str(pk)).exclude(access="").first()
    if row is None:
        return None
    try:
        row.access = SECRETS.renew(row.access)
    except Unreadable:
        note_trouble(row, Trouble.UNREADABLE)
        return False
    row.save(update_fields=["access"])
    return True


def _require_app() -> App:
    if (app := google_app()) is None:
        raise Refused("not_found", "Google Drive is not offered here.")
    return app
