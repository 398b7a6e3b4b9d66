"""How many connections are open: as many as the process bears, and so many of one address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Protocol

from creator.lib.errors import Refused


class Connection(Protocol):
    """A connection that can be asked to end."""

    def give_way(self) -> None:
        """Drops the connection at once."""


class Admission:
    """Admits at most `most` connections, and `per_address` of one address; None: any number of it.

    Where no place is free, the connection that has waited longest for its next request gives way, as with
    nginx (`ngx_drain_connections`): connections that ask for nothing take no place from one that does. Only
    if all of them are at work is the new one refused.
    """

    def __init__(self, most: int, per_address: int | None) -> None:
        self.most = most
        self.per_address = per_address
        self._addresses: dict[Connection, Hashable] = {}
        self._open: Counter[Hashable] = Counter()
        self._waiting: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._addresses)

    def admit(self, connection: Connection, address: Hashable) -> None:
        """Counts a new connection, which waits for its first request. Raises Refused."""
        if self.per_address is not None and self._open[address] >= self.per_address:
            self._make_room(
                Refused("rate_limited", "Too many connections come from your address. Close some of them."),
                address,
            )
        if len(self) >= self.most:
            self._make_room(Refused("service_unavailable", "Too many people are here. Try again soon."))
        self.hold(connection, address)
        self._waiting[connection] = None

    def hold(self, connection: Connection, address: Hashable) -> None:
        """Counts a connection that is at work, without asking whether a place is free."""
        self._addresses[connection] = address
        self._open[address] += 1

    def works(self, connection: Connection) -> None:
        """Notes that a request of the connection is answered now."""
        self._waiting.pop(connection, None)

    def waits(self, connection: Connection) -> None:
        """Notes that the connection waits for its next request."""
        if connection in self._addresses:
            self._waiting[connection] = None

    def release(self, connection: Connection) -> None:
        """Forgets a connection that has ended; it may have been forgotten before."""
        self._waiting.pop(connection, None)
        if connection not in self._addresses:
            return
        address = self._addresses.pop(connection)
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]

    def _make_room(self, refused: Refused, *among: Hashable) -> None:
        oldest = next((each for each in self._waiting if not among or self._addresses[each] in among), None)
        if oldest is None:
            raise refused
        self.release(oldest)
        oldest.give_way()
