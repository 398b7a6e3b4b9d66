"""One client for each role of the table."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from types import SimpleNamespace

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.api_keys import make_api_key, working_keys
from accounts.enums import Scope
from accounts.models import ApiKey, User
from accounts.tokens import issue
from accounts.tokens.texts import write_access_token
from billing.models import Plan
from billing.models.plan import FREE
from creator.lib.ttl_cache import clear_all

PASSWORD = "plum-orbit-lantern-93"


def make_askers(cast: SimpleNamespace) -> dict[str, Client]:
    """Role → a client that asks as that role. Production's rule of confirmed addresses must be set."""
    for person in vars(cast).values():
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    return {
        "anonymous": Client(),
        "unverified": _unverified(),
        "owner": _browser(cast.owner),
        "owner_later": _browser(cast.owner, asked_again=False),
        "other": _browser(cast.other),
        "staff": _browser(cast.staff),
        "superuser": _browser(User.objects.create_superuser("super@example.org", PASSWORD)),
        "read_key": _program(cast.owner, Scope.JOBS_READ, Scope.ACCOUNT_READ, Scope.DRIVE_READ),
        "write_key": _program(
            cast.owner, Scope.JOBS_WRITE, Scope.ACCOUNT_WRITE, Scope.WEBHOOKS_WRITE, Scope.DRIVE_WRITE
        ),
        "other_key": _program(cast.other, *Scope),
        "no_plan_key": _without_plan(cast.stranger),
        "expired_key": _expired(cast.owner),
        "token": _token(cast.owner),
        "other_token": _token(cast.other),
        "old_token": _token(cast.owner, expires_at=timezone.now()),
    }


def twin_of(client: Client) -> Client:
    """A client with the same cookies and headers, so that an answer changes nothing for the next request."""
    twin = Client(raise_request_exception=False)
    twin.handler = client.handler  # it loads the middleware once
    twin.cookies = copy.deepcopy(client.cookies)
    twin.defaults = dict(client.defaults)
    return twin


def handshake_of(client: Client) -> dict[str, str]:
    """What the role sends with a handshake, as arguments of `Watcher`."""
    given = client.defaults.get("HTTP_X_API_KEY") or client.defaults.get("HTTP_AUTHORIZATION", "")
    if given:
        return {"key": given.removeprefix("Bearer "), "origin": None}
    return {"cookie": "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())}


def _browser(user: User, *, asked_again: bool = True) -> Client:
    """A session of this person, who gave the password again just now unless told otherwise."""
    client = Client()
    client.force_login(user)
    if asked_again:
        request = RequestFactory().post("/accounts/reauthenticate/")
        request.user, request.session = user, client.session
        reauthenticate_by_password(request)
        request.session.save()
    return client


def _unverified() -> Client:
    """Signs in with the right password, which an address that nobody confirmed makes insufficient."""
    User.objects.create_user("unverified@example.org", PASSWORD)
    client = Client()
    answer = client.post("/accounts/login/", {"login": "unverified@example.org", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    return client


def _program(owner: User, *scopes: Scope) -> Client:
    return Client(headers={"X-API-Key": make_api_key(owner=owner, name="matrix", scopes=scopes)[1]})


def _without_plan(owner: User) -> Client:
    """A key that was made before its owner's plan lost them."""
    client = _program(owner, *Scope)
    Plan.objects.filter(slug=FREE).update(features=[])
    clear_all()  # a permission counts for seconds
    return client


def _expired(owner: User) -> Client:
    before = set(working_keys().values_list("pk", flat=True))
    client = _program(owner, *Scope)
    ApiKey.objects.exclude(pk__in=before).update(expires_at=timezone.now())
    return client


LASTS = timedelta(hours=1)
"""Longer than the whole table takes on a loaded machine; the site's own tokens last 5 minutes."""


def _token(owner: User, *, expires_at: datetime | None = None) -> Client:
    tokens = issue(owner, device="matrix", address="127.0.0.1")
    text = write_access_token(tokens.family.pk, expires_at or timezone.now() + LASTS)
    return Client(headers={"Authorization": f"Bearer {text}"})
