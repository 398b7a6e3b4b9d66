"""Checks whether the sessions and API keys behind open sockets are still valid, for all sockets together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.api_keys import working_keys
from accounts.callers import proofs_of
from accounts.models import User
from creator.lib.wakeups.in_process import wake_group
from jobs.streaming.polling import SharedPoll


@dataclass(frozen=True)
class SignIn:
    """A session at the time the socket opened; `proof` is its auth hash, which changes with the password."""

    key: str
    user_id: UUID
    proof: str


@dataclass(frozen=True)
class KeyUse:
    """An API key that opened a socket."""

    id: UUID


def sign_in_of(scope: Any) -> SignIn | KeyUse:
    """Returns the session or API key of an authenticated ASGI scope."""
    if "api_key" in scope:
        return KeyUse(scope["api_key"].pk)
    session = scope["session"]
    return SignIn(session.session_key, scope["user"].pk, session.get(HASH_SESSION_KEY, ""))


def read_sign_ins(asked: Collection[SignIn | KeyUse]) -> dict[SignIn | KeyUse, bool]:
    """Returns True for each valid one and leaves out the others.

    Two queries for any number of sessions, one for any number of keys.
    """
    keys = {each for each in asked if isinstance(each, KeyUse)}
    sessions = {each for each in asked if isinstance(each, SignIn)}
    return dict.fromkeys([*_working(keys), *_signed_in(sessions)], True)


def _working(asked: Collection[KeyUse]) -> list[KeyUse]:
    """Returns the keys that are neither revoked nor expired and whose owner is active."""
    ids = {each.id for each in asked}
    return (
        [KeyUse(pk) for pk in working_keys().filter(pk__in=ids).values_list("pk", flat=True)] if ids else []
    )


def _signed_in(asked: Collection[SignIn]) -> list[SignIn]:
    """Returns those whose session exists, whose user is active and whose password is unchanged."""
    if not asked:
        return []
    alive = Session.objects.filter(
        session_key__in={each.key for each in asked}, expire_date__gt=timezone.now()
    )
    keys = set(alive.values_list("session_key", flat=True))
    users = User.objects.filter(is_active=True).in_bulk({each.user_id for each in asked})
    proofs = {pk: proofs_of(user) for pk, user in users.items()}
    return [each for each in asked if each.key in keys and each.proof in proofs.get(each.user_id, ())]


SIGN_INS = SharedPoll(read_sign_ins)


def session_group(session_key: str) -> str:
    """The group of a session's sockets, named after a digest because the session key is secret."""
    return f"session.{sha256(session_key.encode()).hexdigest()[:32]}"


def end_sockets(session_key: str) -> None:
    """Closes the sockets of a session that ends. A socket that misses the wake-up closes at the next poll."""
    wake_group(session_group(session_key), {"type": "signed_out"})
