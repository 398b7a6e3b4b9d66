"""Counts what is done in a period: exactly, in any window of that length, for all processes together.

The counts are in Redis where there is one (`RATE_LIMITS` in the settings), else in this process. While Redis is
away, every process counts for itself: each limit then holds per process, and requests are still served.
In Redis the moving window and its atomic scripts are those of the `limits` package, which stores times as text.
"""

from __future__ import annotations

import math
import re
import time
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

import structlog
from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from creator.lib.bounds import CACHE_CONNECT_S, CACHE_REPLY_S
from creator.lib.outages import RedisOutage
from creator.lib.own_counts import OwnCounts

log = structlog.get_logger(__name__)
HOUR_S = 3600
tightest: ContextVar[Allowance | None] = ContextVar("rate_limit", default=None)
"""What is left of the limit that allows the present request fewest more; the API's answers say it in headers."""


@dataclass(frozen=True)
class RateLimit:
    """At most `most` of `what` (a name such as "uploads") in any `period_s` seconds for `who` (an id)."""

    what: str
    who: str
    most: int
    period_s: int = HOUR_S


@dataclass(frozen=True)
class Allowance:
    """How many of `most` remain, and the seconds until the oldest counted one no longer counts."""

    most: int
    remaining: int
    wait_s: int

    @property
    def headers(self) -> dict[str, str]:
        """`X-RateLimit-Limit`, `-Remaining`, and `-Reset` in seconds from now."""
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.wait_s),
        }


def take(limit: RateLimit, cost: int = 1) -> bool:
    """Counts `cost` more if that stays within the limit, in one atomic step. False: nothing was counted."""
    return _counters().take(limit, cost)


def look(limit: RateLimit) -> Allowance:
    """What is left of the limit, also kept in `tightest` if no other one has fewer left, or as few for longer."""
    allowance, known = _counters().look(limit), tightest.get()
    if known is None or (allowance.remaining, -allowance.wait_s) <= (known.remaining, -known.wait_s):
        tightest.set(allowance)
    return allowance


def forget(who: str) -> int:
    """Deletes all that is counted for `who`. Returns how many counts there were."""
    return _counters().forget(who)


class Counters:
    """Counts in Redis at `redis_url` under keys that begin with `prefix`; without an address, in this process."""

    def __init__(self, redis_url: str, prefix: str) -> None:
        self._own = OwnCounts()
        self._prefix = prefix
        self._shared = MovingWindowRateLimiter(_redis(redis_url, prefix)) if redis_url else None
        self._outage = RedisOutage(lambda reason: log.warning("rate_limits_away", reason=reason))

    def take(self, limit: RateLimit, cost: int) -> bool:
        """As the function `take`."""

        def take_own() -> bool:
            return self._own.take(_key(limit), most=limit.most, period_s=limit.period_s, cost=cost)

        shared = self._shared
        if shared is None:
            return take_own()
        return self._outage.ask(lambda: shared.hit(_item(limit), *_key(limit), cost=cost), take_own)

    def look(self, limit: RateLimit) -> Allowance:
        """As the function `look`, but for `tightest`."""

        def look_at_own() -> tuple[float, int]:
            counted, free_at = self._own.look(_key(limit), period_s=limit.period_s)
            return free_at, limit.most - counted

        shared = self._shared
        if shared is None:
            free_at, left = look_at_own()
        else:
            free_at, left = self._outage.ask(
                lambda: shared.get_window_stats(_item(limit), *_key(limit)), look_at_own
            )
        wait_s = math.ceil(free_at - time.time()) if left < limit.most else 0
        return Allowance(limit.most, max(0, left), max(0, wait_s))

    def forget(self, who: str) -> int:
        """As the function `forget`. Looks at every key of Redis, so it takes a second for some 100,000."""

        def forget_shared() -> int:
            if self._shared is None:
                return 0
            redis = self._shared.storage.storage  # type: ignore[attr-defined]  # of RedisStorage: its client
            keys = list(redis.scan_iter(match=f"{self._prefix}*/{_escaped(who)}/*", count=1000))
            return int(redis.delete(*keys)) if keys else 0

        return self._own.forget(who) + self._outage.ask(forget_shared, lambda: 0)


def _escaped(who: str) -> str:
    """Without the meaning that letters have in Redis's patterns."""
    return re.sub(r"([*?\\[\]^])", r"\\\1", who)


@cache
def _counters() -> Counters:
    return Counters(**settings.RATE_LIMITS)


def _redis(url: str, prefix: str) -> RedisStorage:
    """Connects at the first use."""
    return RedisStorage(
        url, key_prefix=prefix, socket_connect_timeout=CACHE_CONNECT_S, socket_timeout=CACHE_REPLY_S
    )


def _key(limit: RateLimit) -> tuple[str, str]:
    return limit.what, limit.who


def _item(limit: RateLimit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.most, limit.period_s)
