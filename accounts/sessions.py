"""The browsers in which a person is signed in: listed, and ended from elsewhere.

Django's `Session` row is the session; allauth's `UserSession` says where and when it was used last. A session that is
gone, expired or lost its proof is not listed, whatever ended it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.audit import record
from accounts.device_names import device_name
from accounts.enums import Means, SecurityEvent
from accounts.models import User
from accounts.signals import tell_access_ended

NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class OpenSession:
    """`id` is that of the list's row: the key of a session is a secret. `address` is the IP address of its last use."""

    id: int
    device: str
    address: str
    signed_in_at: datetime
    seen_at: datetime
    is_current: bool


def list_sessions(user: User, *, current: str) -> list[OpenSession]:
    """The open sessions of the user, the present one (its key: `current`) first, then the latest used.

    Deletes the rows of those that ended.
    """
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at"))
    alive = _working({row.session_key for row in rows}, user)
    UserSession.objects.filter(pk__in=[row.pk for row in rows if row.session_key not in alive]).delete()
    found = [_opened(row, current) for row in rows if row.session_key in alive]
    return sorted(found, key=lambda each: not each.is_current)


def end_session(user: User, session_id: int, *, address: str) -> bool:
    """Ends one session of the user. False: there is none with this id, as when it ended meanwhile."""
    return _end(UserSession.objects.filter(user=user, pk=session_id), address) == 1


def end_sessions(user: User, *, keep: str = "", address: str = "") -> int:
    """Ends all sessions of the user but the one with the key `keep`, and returns how many."""
    # A change of the password gives the present session another key; the row with its old key is left out.
    present = Session.objects.values("session_key")
    open_ones = UserSession.objects.filter(user=user, session_key__in=present)
    return _end(open_ones.exclude(session_key=keep), address)


def note_use(*, session_key: str, user: User, address: str, user_agent: str) -> bool:
    """Writes when and where a session was used. False: it has ended, and only a cache still knows it.

    Call it once a minute in each process: whichever comes first writes, the others only read.
    """
    now, rows = timezone.now(), UserSession.objects.filter(session_key=session_key)
    alive = Session.objects.filter(session_key=session_key, expire_date__gt=now)
    seen = alive.annotate(seen_at=Subquery(rows.values("last_seen_at"))).values_list("seen_at", flat=True)
    if not (found := list(seen)):
        return False
    if found[0] is None or found[0] < now - NOTED_EVERY:
        agent = user_agent[: UserSession._meta.get_field("user_agent").max_length]
        used = {"user": user, "ip": address, "user_agent": agent, "last_seen_at": now}
        UserSession.objects.update_or_create(session_key=session_key, defaults=used)
    return True


def rows_of_ended_sessions() -> QuerySet[UserSession]:
    """Rows, with IP addresses, whose session is gone: their people may never open the list, which deletes them too."""
    present = Session.objects.filter(session_key=OuterRef("session_key"))
    rows: QuerySet[UserSession] = UserSession.objects.filter(~Exists(present))
    return rows


def _working(keys: Iterable[str], user: User) -> set[str]:
    """Of these sessions, those that have not expired and carry the user's proof."""
    rows = Session.objects.filter(session_key__in=set(keys), expire_date__gt=timezone.now())
    return {row.session_key for row in rows if row.get_decoded().get(HASH_SESSION_KEY) in user.proofs}


def _opened(row: UserSession, current: str) -> OpenSession:
    return OpenSession(
        id=row.pk,
        device=device_name(row.user_agent),
        address=row.ip,
        signed_in_at=row.created_at,
        seen_at=row.last_seen_at,
        is_current=row.session_key == current,
    )


@transaction.atomic
def _end(rows: Iterable[UserSession], address: str) -> int:
    ended = 0
    for row in rows:
        if not UserSession.objects.filter(pk=row.pk).delete()[0]:
            continue  # it was ended at the same time
        ended += 1
        _forget(row.session_key)
        # A request that still reads the row before the commit puts it into the cache again.
        transaction.on_commit(partial(_forget, row.session_key), robust=True)
        tell_access_ended(Means.SESSION, row.session_key)
        record(SecurityEvent.SESSION_ENDED, row.user, address=address, device=device_name(row.user_agent))
    return ended


def _forget(session_key: str) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore().delete(session_key)
