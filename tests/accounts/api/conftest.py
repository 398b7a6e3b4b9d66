"""A person with a password and a confirmed address, and programs that call `/api/v1/auth`."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due

EMAIL, PASSWORD = "owner@example.org", "a-Long-enough-phrase-1"
Call = Callable[..., Any]


@pytest.fixture
def call(db) -> Call:
    """`call("login", email=…)`: the answer of `POST /auth/login`. `call.client` keeps the cookies."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    cache.clear()

    def call(path: str, headers: dict[str, str] | None = None, **body: Any):
        return client.post(
            f"/api/v1/auth/{path}", body, content_type="application/json", headers=headers or {}
        )

    call.client = client
    return call


@pytest.fixture
def person(cast):
    cast.owner.set_password(PASSWORD)
    cast.owner.save(update_fields=["password"])
    EmailAddress.objects.create(user=cast.owner, email=EMAIL, verified=True, primary=True)
    return cast.owner


@pytest.fixture
def signed_in(call, person) -> dict[str, Any]:
    """The answer to a sign-in of the person."""
    return call("login", email=EMAIL, password=PASSWORD, device="laptop").json()


@pytest.fixture
def totp(person) -> Callable[[], str]:
    """The person has an authenticator app; returns what it shows."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)

    def shown() -> str:
        counters = list(yield_hotp_counters_from_time())
        return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))

    return shown


@pytest.fixture
def links(mailoutbox) -> Callable[[], list[str]]:
    """Sends the mails that wait, and returns their links to `/accounts/`."""

    def links() -> list[str]:
        Delivery.objects.filter(done_at=None).update(due_at=database_now(-1))
        hand_on_due()
        return [found for mail in mailoutbox for found in re.findall(r"http\S+/accounts/\S+", mail.body)]

    return links


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"] if answer.status_code >= 400 else ""


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}
