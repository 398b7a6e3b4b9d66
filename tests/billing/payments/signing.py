"""Webhooks as Stripe signs and posts them."""

from __future__ import annotations

import json
import time
from typing import Any

from stripe import WebhookSignature

SECRETS = ("whsec_new", "whsec_old")
FOREIGN_SECRET = "whsec_of_another_site"
ADDRESS = "/stripe/webhook/"


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An event about customer cus_1. `changes` replace its fields."""
    about = {"object": "invoice", "id": f"in_{number}", "customer": "cus_1"}
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": "invoice.paid",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": about},
        **changes,
    }


def text_of(content: dict[str, Any]) -> str:
    return json.dumps(content)


def signature(text: str, secret: str = SECRETS[0], *, age_s: int = 0) -> str:
    header: str = WebhookSignature.generate_signature_header(text, secret, timestamp=int(time.time()) - age_s)
    return header


def post(client: Any, text: str | bytes, header: str | None) -> Any:
    """The answer to a webhook. `client`: Django's test client."""
    headers = {} if header is None else {"Stripe-Signature": header}
    return client.post(ADDRESS, text, content_type="application/json; charset=utf-8", headers=headers)


def deliver(client: Any, content: dict[str, Any], **signed: Any) -> Any:
    """The answer to an event that is signed as Stripe does."""
    text = text_of(content)
    return post(client, text, signature(text, **signed))
