"""The fake Stripe as a child process of `manage.py serve`, with our plans and packs on sale."""

from __future__ import annotations

from urllib.parse import urlsplit

import stripe
from django.conf import settings
from django.db import Error, close_old_connections

from billing.payments.client import stripe_client
from billing.payments.prices import put_on_sale
from billing.stripe_fake.server.child import READY, child_command
from creator.lib.child_process import ChildProcess

WEBHOOK = "/stripe/webhook/"


def fake_stripe_options(site: str) -> list[str]:
    """The options of a fake Stripe for this installation, as it is configured. `site`: its own address."""
    config = settings.CONFIG
    address = urlsplit(config.stripe_api_url)
    return [
        *("--host", address.hostname or "", "--port", str(address.port or 80)),
        *("--data-dir", str(settings.DATA_DIR / "stripe_fake")),
        *("--webhook-url", f"{site}{WEBHOOK}"),
        *("--webhook-secrets", ",".join(config.stripe_webhook_secrets)),
    ]


class FakeStripeProcess(ChildProcess):
    """Sends its events to the site at an address such as `http://127.0.0.1:8000`."""

    def __init__(self, site: str) -> None:
        super().__init__("fake-stripe", ready_line=READY, folder=settings.BASE_DIR, has_input=True)
        self._site = site

    def command(self) -> list[str]:
        return child_command(*fake_stripe_options(self._site))

    def is_ready_at(self, url: str) -> None:
        """Puts the plans and packs on sale, so that people can buy them."""
        self.keep_trying(_put_on_sale, Error, stripe.StripeError)


def _put_on_sale() -> None:
    client = stripe_client()
    assert client is not None  # STRIPE=fake sells
    try:
        put_on_sale(client)
    finally:
        close_old_connections()
