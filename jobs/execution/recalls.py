"""Decides when a staged prompt moves to an idle node."""

from __future__ import annotations

import time

from jobs.scheduling.recalls import sooner_elsewhere

LOOK_EVERY_S = 2.0


class Recalls:
    """Notices staged prompts that an idle node would begin sooner; looks each LOOK_EVERY_S at most.

    A node that has just become idle may get a queued job in the next moment, so a prompt is recalled only if two
    looks in a row say so.
    """

    def __init__(self) -> None:
        self._looked_at = 0.0
        self._before: set[int] = set()

    def look(self) -> set[int]:
        """Returns the keys of the attempts to recall now."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return set()
        self._looked_at = now
        before, self._before = self._before, sooner_elsewhere()
        return before & self._before
