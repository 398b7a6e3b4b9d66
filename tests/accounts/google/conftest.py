from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
import pytest
from django.test import Client

from tests.accounts.google.provider import CLIENT_ID, CLIENT_SECRET, Provider, serve

PASSWORD = "plum-orbit-lantern-93"


@pytest.fixture
def google(db, settings) -> Provider:
    """The provider, and the site set up for it."""
    with serve() as provider:
        settings.CONFIG = replace(
            settings.CONFIG,
            google_client_id=CLIENT_ID,
            google_client_secret=CLIENT_SECRET,
            google_issuer=provider.issuer,
        )
        settings.SOCIALACCOUNT_PROVIDERS = {
            "google": {"APPS": [{"client_id": CLIENT_ID, "secret": CLIENT_SECRET}]}
        }
        yield provider


@pytest.fixture
def visitor(client) -> Client:
    return client


def at_google(address: str) -> str:
    """Opens the provider's page; returns the address that it leads back to, without the host."""
    answer = httpx2.get(address, follow_redirects=False, trust_env=False)
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


@pytest.fixture
def sign_in(visitor):
    """Goes to Google and back; `change` alters the address that leads back. Returns the answer of our callback."""

    def go(start="/accounts/google/", form=None, change=lambda back: back):
        away = visitor.post(start, form or {})
        assert away.status_code == 302, away.content
        return visitor.get(change(at_google(away["Location"])))

    return go


@pytest.fixture
def owner(cast):
    """The owner, with a confirmed address and a password."""
    from allauth.account.models import EmailAddress

    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, verified=True, primary=True)
    return cast.owner
