"""How many sockets and event streams are open: bounded per person, and per address until the person is known."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from django.conf import settings

from creator.lib.errors import Refused
from creator.lib.open_counts import Held, OpenCounts

Asker = tuple[str, str]
"""Who asks before a row was read: the network of the address, and the key or session that the request shows."""
HANDSHAKES_PER_ADDRESS = 300
"""Handshakes of one address that may wait for their answer at a time."""


class Bound:
    """Counts, in this process, what each key has open. `most()`: how much that may be."""

    def __init__(self, most: Callable[[], int], message: str) -> None:
        self.most = most
        self.message = message
        self.open = OpenCounts()

    def one_of(self, key: Hashable) -> Held:
        """Counts one for the key until it is released. Raises Refused if the key has as many open as it may."""
        if self.open[key] >= self.most():
            raise Refused("rate_limited", self.message, headers={"Retry-After": "5"})
        return self.open.hold(key)


WATCHERS = Bound(
    lambda: settings.CONFIG.max_sockets_per_person,
    "You watch as many jobs at once as you may. Close some pages or streams.",
)
HANDSHAKES = Bound(
    lambda: HANDSHAKES_PER_ADDRESS,
    "Too many sockets are being opened from your address. Wait a moment.",
)
