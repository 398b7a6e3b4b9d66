"""Leaves an outside part alone for a while after it failed, so that an outage does not slow every request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import RedisError

LEFT_ALONE_S = 2.0
Result = TypeVar("Result")


class RedisOutage:
    """Whether Redis failed within the last LEFT_ALONE_S. All users of one object learn it from each other."""

    def __init__(self, report: Callable[[str], None]) -> None:
        """`report` is called with the reason of each failure."""
        self._report = report
        self._until = 0.0

    def ask(self, call: Callable[[], Result], otherwise: Callable[[], Result]) -> Result:
        """Returns what `call` returns. While Redis is away, it calls `otherwise` instead."""
        if time.monotonic() < self._until:
            return otherwise()
        try:
            return call()
        except (RedisError, OSError) as error:
            self._until = time.monotonic() + LEFT_ALONE_S
            self._report(str(error)[:200])
            return otherwise()
