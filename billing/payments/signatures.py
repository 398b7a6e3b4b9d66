"""Who sent a webhook: the signature of its raw body.

Stripe signs with HMAC-SHA256 over the time and the body (https://docs.stripe.com/webhooks/signature). The library
checks the signature. It accepts times in the future, so the time is checked here, in both directions.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from stripe import SignatureVerificationError, WebhookSignature

from creator.lib.errors import Refused

WINDOW_S = 300
"""Seconds between the signature and its arrival, either way: a recorded message cannot be sent again later."""
UNSIGNED = "This message is not signed by Stripe for this site."
UNTIMELY = f"This message was signed more than {WINDOW_S} seconds before or after it arrived."


def check_signature(body: bytes, header: str, secrets: Sequence[str]) -> None:
    """`header` is `Stripe-Signature`. Any one of `secrets` will do: during a rotation there are two.

    Raises Refused `malformed_request`.
    """
    if not any(_is_signed(body, header, secret) for secret in secrets):
        raise Refused("malformed_request", UNSIGNED)
    if abs(time.time() - _signed_at(header)) > WINDOW_S:
        raise Refused("malformed_request", UNTIMELY)


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        WebhookSignature.verify_header(body, header, secret)
    except (SignatureVerificationError, ValueError, TypeError):  # not UTF-8; a signature that is not ASCII
        return False
    return True


def _signed_at(header: str) -> int:
    """The time in a header whose signature is right: the first `t`, which the library has read too."""
    parts = (part.split("=", 2) for part in header.split(","))
    return next(int(part[1]) for part in parts if part[0] == "t")
