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
from drive.sources.base import AccessLost, SourceError
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
    the person granted less than is needed (nothing is kept then), `service_unavailable`, and as
    `offered_scopes` does.
    """
    scopes, app = offered_scopes(user), _require_app()
    try:
        with closing(Exchange()) as exchange:
            grant = exchange_code(exchange, app, code=code, redirect_uri=redirect_uri, verifier=flow.verifier)
            if not can_write(grant.scopes) or (READ in scopes and not can_read(grant.scopes)):
                _give_back(exchange, app, user, grant.refresh_token)
                raise Refused("not_allowed", NARROWED)
        with open_google(app, grant.refresh_token, grant.scopes) as source:
            about = source.about()
    except AccessLost as error:
        raise Refused("not_authenticated", NOT_CONFIRMED) from error
    except SourceError as error:
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


def _give_back(exchange: Exchange, app: App, user: User, token: str) -> None:
    """Ends a grant that is too small, unless that could end one in use: the account behind it is not known."""
    mine = Connection.objects.filter(owner=user, kind=SourceKind.GOOGLE)
    if not mine.exclude(access="").exists():
        revoke(exchange, app, token=token)


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
    Nothing changes if it was connected again since it was read.
    """
    is_told, access = connection.kind != SourceKind.GOOGLE or _leave_google(connection), connection.access
    with transaction.atomic():
        as_read = Connection.objects.filter(pk=connection.pk, access=connection.access)
        changed = as_read.update(
            access="",
            scopes="",
            cursor="",
            disconnected_at=database_now(),
            trouble=Trouble.NONE,
            troubled_at=None,
        )
        if changed:
            Channel.objects.filter(connection=connection).delete()
            if not is_told and access:
                leave_later(connection.account, access)
            _record_end(connection, address)
    connection.refresh_from_db()
    return is_told


def _record_end(connection: Connection, address: str) -> None:
    event, pk = SecurityEvent.DRIVE_DISCONNECTED, str(connection.pk)
    record(event, connection.owner, address=address, connection=pk)


def _is_used_beside(connection: Connection) -> bool:
    """Whether another connection, or this one since it was made again, has access to its account.

    To end one grant at Google ends all of the account's with this app.
    """
    used = Connection.objects.filter(kind=SourceKind.GOOGLE, account=connection.account).exclude(access="")
    return used.exclude(pk=connection.pk, access=connection.access).exists()


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
        if not _is_used_beside(connection):
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
