"""Signatures of webhooks, scheme v1: https://docs.stripe.com/webhooks#verify-manually."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence


def signature_header(payload: bytes, secrets: Sequence[str], *, at: int | None = None) -> str:
    """The header `Stripe-Signature`, with one signature for each secret. `at`: seconds since 1970; None: now."""
    at = int(time.time()) if at is None else at
    signed = b"%d.%s" % (at, payload)
    marks = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])
