"""Chromium's virtual authenticator (Chrome DevTools Protocol, domain WebAuthn), and pages at a name instead of numbers."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.e2e.product.serving import Product

CONFIRM = (
    "from allauth.account.models import EmailAddress as E; E.objects.filter(email={!r}).update(verified=True)"
)
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """A device that keeps passkeys, plugged into the page's browser."""

    def __init__(self, page: Page, **options: Any) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        added = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | options})
        self._id = added["authenticatorId"]

    def passkeys(self) -> list[dict[str, Any]]:
        """Each with `credentialId`, `privateKey` and `signCount`."""
        found: list[dict[str, Any]] = self._send("getCredentials")["credentials"]
        return found

    def put(self, passkey: dict[str, Any]) -> None:
        """Puts a copy of the passkey in place of its original."""
        self._send("removeCredential", credentialId=passkey["credentialId"])
        self._send("addCredential", credential=passkey)

    def _send(self, method: str, **values: Any) -> Any:
        return self._session.send(f"WebAuthn.{method}", {"authenticatorId": self._id, **values})


def named(product: Product) -> str:
    """The product's address with a name: passkeys belong to a name (WebAuthn 3, 5.1.2)."""
    return product.url.replace("127.0.0.1", "localhost")


def confirm_address(product: Product, email: str) -> None:
    product.manage("shell", "-v", "0", "-c", CONFIRM.format(email))
