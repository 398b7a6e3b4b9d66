"""Asks all parts side by side whether they work. A part that does not answer in time counts as away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

import structlog
from django.db import connections

from creator.lib.bounds import PROBE_S

log = structlog.get_logger(__name__)


class Probes:
    """The checks of an installation's parts, by the part's name. Each check is False or raises if it fails."""

    def __init__(self, parts: Mapping[str, Callable[[], bool]]) -> None:
        self.parts = parts
        self._pool = ThreadPoolExecutor(len(parts), thread_name_prefix="probe")
        self._asked: dict[str, Future[bool]] = {}
        self._lock = Lock()

    def find_missing(self) -> list[str]:
        """Returns the names of the parts that do not work, after at most PROBE_S.

        A check that is still waiting for its part is not begun a second time, so a frozen part holds one
        thread.
        """
        asked = self._ask()
        answered, _ = wait(asked.values(), timeout=PROBE_S)
        return [
            name for name, answer in asked.items() if answer not in answered or not _is_good(name, answer)
        ]

    def _ask(self) -> dict[str, Future[bool]]:
        with self._lock:
            for name, works in self.parts.items():
                if name not in self._asked or self._asked[name].done():
                    self._asked[name] = self._pool.submit(_look, works)
            return dict(self._asked)


def _look(works: Callable[[], bool]) -> bool:
    try:
        return works()
    finally:
        connections.close_all()  # this thread's own; it may not be used again for hours


def _is_good(part: str, answer: Future[bool]) -> bool:
    if error := answer.exception():
        log.warning("probe_failed", part=part, reason=str(error)[:200])
    return error is None and answer.result()
