"""How much each key has open in this process, such as the sockets of a person or the uploads of an address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, ItemsView


class Held:
    """What was counted, until the block or `release`, or until it is garbage: an answer may be dropped unsent."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        """Counts it no longer; it may have been released before."""
        release, self._release = self._release, None
        if release:
            release()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.release()

    __del__ = release


class OpenCounts:
    """Counts for each key. It refuses nothing, and has no lock: only the event loop uses it."""

    def __init__(self) -> None:
        self._counts: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._counts)

    def __getitem__(self, key: Hashable) -> int:
        return self._counts[key]

    def items(self) -> ItemsView[Hashable, int]:
        return self._counts.items()

    def hold(self, *keys: Hashable, amount: int = 1) -> Held:
        """Counts `amount` more for each key until it is released."""
        self._counts.update(dict.fromkeys(keys, amount))
        return Held(lambda: self._forget(keys, amount))

    def _forget(self, keys: tuple[Hashable, ...], amount: int) -> None:
        self._counts.subtract(dict.fromkeys(keys, amount))
        for key in keys:
            if not self._counts[key]:
                del self._counts[key]
