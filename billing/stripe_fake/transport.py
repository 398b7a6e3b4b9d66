"""A transport of the `stripe` library that asks a World in this process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from billing.stripe_fake.errors import StripeError
from billing.stripe_fake.forms import read_form
from billing.stripe_fake.keys import check_key
from billing.stripe_fake.world import World


class FakeTransport(stripe.HTTPClient):
    """Use: `StripeClient("sk_test_fake", http_client=FakeTransport(world))`."""

    name = "fake"

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        headers = headers or {}
        address = urlsplit(url)
        try:
            check_key(headers.get("Authorization", ""), is_live=self.world.is_live)
            status, body = self.world.handle(
                method.upper(),
                address.path,
                read_form(post_data or address.query),
                idempotency_key=headers.get("Idempotency-Key"),
                version=headers.get("Stripe-Version"),
            )
        except StripeError as refused:
            status, body = refused.status, refused.body()
        except ConnectionError as error:
            raise _away(error) from error
        return json.dumps(body), status, {"Request-Id": "req_fake"}

    def close(self) -> None:
        """Nothing is open."""


def _away(error: ConnectionError) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(str(error))  # type: ignore[no-untyped-call]
