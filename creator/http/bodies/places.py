"""How many uploads may be under way at a time, of one person and from one address."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.lib.open_counts import OpenCounts

RETRY_AFTER_S = 2


class Places:
    """Counts the uploads that this process receives or decodes."""

    def __init__(self) -> None:
        self.uploads = OpenCounts()
        self._bytes = OpenCounts()

    @contextmanager
    def taken(
        self, whose: Hashable, *, most: int, size: int = 0, most_bytes: int | None = None
    ) -> Iterator[None]:
        """Holds one of the `most` places for an upload of `size` bytes.

        Raises Refused `rate_limited` if all are taken, or if the uploads would have more than `most_bytes`
        together. The first one always gets a place, however large it is.
        """
        others = self.uploads[whose]
        crowded = others >= most or (most_bytes is not None and self._bytes[whose] + size > most_bytes)
        if others and crowded:
            raise Refused(
                "rate_limited",
                f"{count(others, 'upload')} of yours {'is' if others == 1 else 'are'} under way, and more at a "
                "time are not accepted. Wait until one is done, then send this again.",
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )
        with self.uploads.hold(whose), self._bytes.hold(whose, amount=size):
            yield
