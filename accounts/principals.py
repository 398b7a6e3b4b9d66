"""Who acts: a person, by which means they are known, and what may be done with it.

Pages, the API, sockets, event streams and uploads all find their principal here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import api_keys, tokens
from accounts.enums import Means, Scope
from accounts.models import User
from creator.api.errors import BEARER
from creator.lib.errors import Refused

EVERYTHING = frozenset(Scope)


@dataclass(frozen=True)
class Principal:
    """`credential` names what proved the person: the key of the session, the id of the token family or of the API key.

    `user` is as read when the principal was found.
    """

    user: User
    means: Means
    credential: str = field(repr=False)
    scopes: frozenset[Scope] = EVERYTHING

    @property
    def api_key_id(self) -> UUID | None:
        """Of the API key by which the person is known; None if it is by another means."""
        return UUID(self.credential) if self.means is Means.KEY else None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def require(self, *scopes: Scope) -> None:
        """Raises Refused `not_allowed` with the scopes that are missing (`insufficient_scope` of RFC 6750, 3.1)."""
        if missing := " ".join(scope for scope in scopes if not self.may(scope)):
            raise Refused(
                "not_allowed",
                f"This needs a key with the scope {missing}. Make one that has it.",
                facts={"scope": missing},
                headers={
                    "WWW-Authenticate": f'{BEARER}, error="insufficient_scope", scope="{" ".join(scopes)}"'
                },
            )


def find_by_secret(secret: str, address: str | None = None) -> Principal | None:
    """The principal of an access token or API key that works now, or None.

    One query, or none for a text that has the form of neither. With an `address`, the client's, the use of a key is
    noted. Raises Refused `plan_required` for a key whose owner's plan has no API keys.
    """
    return find_by_token(secret) or _find_by_key(secret, address)


def find_by_token(access_token: str) -> Principal | None:
    """As `find_by_secret`, for an access token only."""
    family = tokens.find_by_access_token(access_token)
    return Principal(family.owner, Means.TOKEN, str(family.pk)) if family else None


def _find_by_key(secret: str, address: str | None) -> Principal | None:
    if (key := api_keys.find_by_key(secret)) is None:
        return None
    api_keys.require_lately_permitted(key.owner_id)
    if address is not None:
        api_keys.record_use(key, address)
    return Principal(key.owner, Means.KEY, str(key.pk), key.scope_set)


def find_by_session(session: SessionBase) -> Principal | None:
    """The principal whom the session signs in, if it still works: as `django.contrib.auth.get_user`.

    It changes no session: that function may give one a new key, and only an answer of Django's hands out cookies.
    """
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    backend = load_backend(session[BACKEND_SESSION_KEY])
    user: User | None = backend.get_user(User._meta.pk.to_python(session[SESSION_KEY]))
    given = session.get(HASH_SESSION_KEY, "")
    if user is None or not any(constant_time_compare(given, each) for each in user.proofs):
        return None
    return Principal(user, Means.SESSION, session.session_key or "")


def still_works(principal: Principal) -> bool:
    """Whether the principal's session, signed-in program or API key would be accepted now."""
    return principal in still_working([principal])


def still_working(asked: Collection[Principal]) -> dict[Principal, bool]:
    """Returns True for each whose credential would be accepted now and leaves out the others.

    Two queries for any number of sessions, one for any number of tokens, two for any number of API keys.
    """
    return {
        principal: True
        for means, find in _FIND.items()
        if (known := {each for each in asked if each.means == means})
        for principal in find(known)
    }


def _with_session(asked: Collection[Principal]) -> list[Principal]:
    """Those whose session exists, whose user is active and whose password and address are unchanged."""
    sessions = Session.objects.filter(expire_date__gt=timezone.now())
    present = sessions.filter(session_key__in={each.credential for each in asked})
    alive = set(present.values_list("session_key", flat=True))
    users = User.objects.filter(is_active=True, pk__in={each.user.pk for each in asked})
    proven = {pk: rest for pk, *rest in users.values_list("pk", "password", "email")}
    return [
        each
        for each in asked
        if each.credential in alive and proven.get(each.user.pk) == [each.user.password, each.user.email]
    ]


def _with_token(asked: Collection[Principal]) -> list[Principal]:
    """Those whose program is signed in, however old the access token is that they began with."""
    working = tokens.working_families().filter(pk__in={each.credential for each in asked})
    alive = {str(family.pk) for family in working if tokens.is_proven(family)}
    return [each for each in asked if each.credential in alive]


def _with_key(asked: Collection[Principal]) -> list[Principal]:
    working = api_keys.working_keys().filter(pk__in={each.credential for each in asked})
    alive = {str(pk) for pk in working.values_list("pk", flat=True)}
    refused = api_keys.refusals({each.user.pk for each in asked})
    return [each for each in asked if each.credential in alive and each.user.pk not in refused]


_FIND: dict[Means, Callable[[Collection[Principal]], list[Principal]]] = {
    Means.SESSION: _with_session,
    Means.TOKEN: _with_token,
    Means.KEY: _with_key,
}
