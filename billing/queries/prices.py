"""What pictures cost. Apps above know: they answer the signal `prices_asked`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from billing.signals import prices_asked
from creator.lib.formatting import count


@dataclass(frozen=True)
class PicturePrice:
    """What one picture of a preset costs, in credits. Made from a photo, it is called a photo."""

    slug: str
    title: str
    credits: int
    is_from_photo: bool = True

    def affordable(self, credits: int, jobs: int) -> int:
        """How many of them so many credits buy, in so many jobs."""
        return min(credits // self.credits, jobs) if self.credits else jobs

    def counted(self, number: int) -> str:
        """`counted(128)` is "128 Cinematic photos"."""
        return count(number, f"{self.title} {'photo' if self.is_from_photo else 'picture'}")


def picture_prices() -> list[PicturePrice]:
    """Every preset on offer, in the order of pages."""
    answers: Iterable[tuple[object, Any]] = prices_asked.send(sender=None)
    return [price for _, prices in answers for price in prices]


def example_price(prices: Iterable[PicturePrice]) -> PicturePrice | None:
    """The price by which pages say what credits are enough for: the lowest, and of equal ones the first by title."""
    return min(prices, key=lambda each: (each.credits, each.title), default=None)
