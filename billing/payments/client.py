"""The client of Stripe, and what a person is told when Stripe does not do what was asked.

The version of the API is pinned: https://docs.stripe.com/api/versioning. Nothing is repeated within a request of a
person; the next click repeats it (`billing.payments.requests`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import stripe
import structlog
from django.conf import settings

from billing.payments.transport import Transport
from billing.selling import is_selling
from creator.lib.bounds import STRIPE_REPLY_S, STRIPE_REQUEST_S
from creator.lib.errors import Refused

log = structlog.get_logger(__name__)
API_VERSION = "2026-05-27.dahlia"
FAKE_KEY = "sk_test_fake"
"""What the fake Stripe is asked with where the operator set no key."""
RETRY_AFTER = {"Retry-After": "60"}
NOT_SOLD = "This installation sells nothing."
AWAY = "Our payment provider does not answer at the moment. {cost} Try again in a minute: that is safe."
BROKEN = "Our payment provider cannot do this at the moment. {cost} Tell the people who run this site if it stays so."
DECLINED = "Your card was declined. {cost} Choose another card, or ask your bank, and try again."
NOTHING = "Nothing was charged."
AT_MOST_ONCE = "You will not be charged twice."

stripe.enable_telemetry = False
_until: ContextVar[float | None] = ContextVar("stripe_until", default=None)


def stripe_client() -> stripe.StripeClient | None:
    """The client; None if nothing is sold. Raises `stripe.StripeError`; a call ends after STRIPE_REPLY_S seconds."""
    if not is_selling():
        return None
    return _client(settings.CONFIG.stripe_secret_key or FAKE_KEY, settings.CONFIG.stripe_api_url)


@contextmanager
def asking(*, cost: str = NOTHING) -> Iterator[stripe.StripeClient]:
    """Asks Stripe while a person waits: all calls in the block together end after STRIPE_REQUEST_S seconds.

    `cost` is the sentence on what a failure has cost. Raises Refused: `not_found` if nothing is sold, `payments_away`
    if Stripe does not answer or cannot do it, `invalid_parameters` if the card was declined.
    """
    client = stripe_client()
    if client is None:
        raise Refused("not_found", NOT_SOLD)
    token = _until.set(time.monotonic() + STRIPE_REQUEST_S)
    try:
        yield client
    except stripe.StripeError as error:
        raise _refusal(error, cost) from error
    finally:
        _until.reset(token)


def time_left() -> float:
    """Seconds for the next call."""
    until = _until.get()
    return STRIPE_REPLY_S if until is None else until - time.monotonic()


def _refusal(error: stripe.StripeError, cost: str) -> Refused:
    """Stripe's own words stay in the log: they may name ids and keys, and are not in the person's words."""
    facts = {"kind": type(error).__name__, "status": error.http_status, "code": error.code}
    if isinstance(error, stripe.CardError):
        log.info("stripe_declined", **facts)
        return Refused("invalid_parameters", DECLINED.format(cost=cost))
    if is_away(error):
        log.warning("stripe_away", **facts)
        return Refused("payments_away", AWAY.format(cost=cost), headers=RETRY_AFTER)
    log.error("stripe_refused", request=error.request_id, param=getattr(error, "param", None), **facts)
    return Refused("payments_away", BROKEN.format(cost=cost), headers=RETRY_AFTER)


def is_away(error: stripe.StripeError) -> bool:
    """Whether the same may work later: no answer, an error of Stripe's own, or too many requests at once."""
    status = error.http_status
    return isinstance(error, stripe.RateLimitError) or status in (None, 409) or status >= 500


@cache
def _client(key: str, address: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        base_addresses={"api": address} if address else {},
        http_client=Transport(time_left),
    )
