"""What a plan allows of requests to the API in any minute and any hour, over all keys and tokens of a person."""

from __future__ import annotations

from uuid import UUID

from billing.plans.limits import lately_limits_of
from billing.plans.refusals import beyond_the_rate
from creator.lib.formatting import count, duration
from creator.lib.rate_limits import HOUR_S, RateLimit, look, take

MINUTE_S = 60
PERIODS = {"requests_per_minute": (MINUTE_S, "minute"), "requests_per_hour": (HOUR_S, "hour")}
"""Column of the plan → its period in seconds, and what sentences call it."""


def count_request(owner_id: UUID) -> None:
    """Counts one request; its answer does not matter. Raises Refused `rate_limited` beyond what the plan allows.

    A request that is refused here is not counted on, so that waiting as long as `Retry-After` says is enough.
    """
    limits = lately_limits_of(owner_id)
    for column, (period_s, name) in PERIODS.items():
        limit = RateLimit("requests", str(owner_id), getattr(limits, column), period_s)
        is_counted, left = take(limit), look(limit)
        if not is_counted:
            wait_s = max(1, left.wait_s)
            sentence = (
                f"The {limits.title} plan takes {count(left.most, 'request')} in any {name}. "
                f"Send the next one in {duration(wait_s)}."
            )
            raise beyond_the_rate(column, limits, left, sentence, wait_s)
