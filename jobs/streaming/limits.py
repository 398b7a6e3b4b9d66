"""How many sockets and event streams are open: bounded per person, and per address until the person is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from django.conf import settings

from creator.lib.errors import Refused

Asker = tuple[str, str]
"""Who asks before a row was read: the network of the address, and the key or session that the request shows."""
HANDSHAKES_PER_ADDRESS = 300
"""Handshakes of one address that may wait for their answer at a time."""


class Place:
    """What was counted, until `leave`, or until it is garbage: an answer may be dropped before it is sent."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def leave(self) -> None:
        release, self._release = self._release, None
        if release:
            release()

    __del__ = leave


class Bound:
    """Counts, in this process, what each key has open. `most()`: how much that may be."""

    def __init__(self, most: Callable[[], int], message: str) -> None:
        self.most = most
        self.message = message
        self._open: Counter[Hashable] = Counter()

    def check(self, key: Hashable) -> None:
        """Raises Refused if the key has as many open as it may."""
        if self._open[key] >= self.most():
            raise Refused("rate_limited", self.message, headers={"Retry-After": "5"})

    def take(self, *keys: Hashable) -> Place:
        """Counts one for each key until the place is left. Raises Refused."""
        for key in keys:
            self.check(key)
        self._open.update(keys)
        return Place(lambda: self._release(keys))

    @contextmanager
    def one_of(self, *keys: Hashable) -> Iterator[None]:
        """Counts one for each key within the block. Raises Refused."""
        place = self.take(*keys)
        try:
            yield
        finally:
            place.leave()

    def _release(self, keys: tuple[Hashable, ...]) -> None:
        self._open.subtract(keys)
        for key in keys:
            if not self._open[key]:
                del self._open[key]


WATCHERS = Bound(
    lambda: settings.CONFIG.max_sockets_per_person,
    "You watch as many jobs at once as you may. Close some pages or streams.",
)
HANDSHAKES = Bound(
    lambda: HANDSHAKES_PER_ADDRESS,
    "Too many sockets are being opened from your address. Wait a moment.",
)
