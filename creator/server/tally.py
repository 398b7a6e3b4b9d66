"""Log lines of refused connections: few, however many are refused."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import structlog

log = structlog.get_logger(__name__)
TELL_EVERY_S = 10.0


class RefusalTally:
    """Counts refusals by code; logs the first at once, and then all of TELL_EVERY_S in one line for each code."""

    def __init__(self) -> None:
        self._untold: Counter[str] = Counter()
        self._told_at = float("-inf")

    def add(self, code: str, client: tuple[str, int] | None) -> None:
        """Counts a refused connection. `client`: the last one's address appears in the line."""
        self._untold[code] += 1
        now = time.monotonic()
        if now - self._told_at < TELL_EVERY_S:
            return
        self._told_at = now
        for each, count in self._untold.items():
            log.warning("connections_refused", code=each, count=count, last=_address(client))
        self._untold.clear()


def _address(client: Any) -> str:
    return str(client[0]) if client else ""
