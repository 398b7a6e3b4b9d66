"""Secret keys: a test key sees the objects of test mode only, a live key those of live mode."""

from __future__ import annotations

from billing.stripe_fake.errors import StripeError


def check_key(authorization: str, *, is_live: bool) -> None:
    """Raises StripeError unless the header has a key of the mode. `authorization`: such as `Bearer sk_test_…`."""
    scheme, _, key = authorization.partition(" ")
    mode = "live" if is_live else "test"
    if scheme != "Bearer" or not key.startswith((f"sk_{mode}_", f"rk_{mode}_")):
        shown = f"{key[:8]}***" if key else "none"
        raise StripeError(401, "invalid_request_error", f"Invalid API Key provided: {shown}")
