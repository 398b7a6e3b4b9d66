"""Signatures of Standard Webhooks 1.0.0, "Signature scheme" (github.com/standard-webhooks/standard-webhooks, spec). Pure.

The signed content is `<webhook-id>.<webhook-timestamp>.<body>`, the signature its HMAC-SHA256 in Base64.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

PREFIX = "whsec_"
KEY_BYTES = 32
VERSION = "v1"


def new_secret() -> str:
    """`whsec_` and 32 random bytes in Base64; the standard asks for 24 to 64."""
    return PREFIX + b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def signed_headers(event_id: str, timestamp: int, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of the standard: `timestamp` in seconds since 1970, one signature for each of `keys`."""
    content = f"{event_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"{VERSION},{_sign(content, key)}" for key in keys),
    }


def _sign(content: bytes, key: str) -> str:
    mac = hmac.new(b64decode(key.removeprefix(PREFIX)), content, hashlib.sha256)
    return b64encode(mac.digest()).decode()
