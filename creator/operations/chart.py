"""A picture of the last hours as SVG: finished and failed jobs side by side. A table beside says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.rollups import Hour

BAR, GAP, HEIGHT = 10, 4, 80


@dataclass(frozen=True)
class Bar:
    """A rectangle of the picture, in its units; `kind` is `done` or `failed`."""

    kind: str
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """`most`: jobs of the fullest hour, which reach the top."""

    width: int
    height: int
    most: int
    bars: Sequence[Bar]


def draw_hours(hours: Sequence[Hour]) -> Chart:
    """A column for each hour: failed jobs upon finished ones. Hours without any are empty."""
    most = max((hour.completed + hour.failed for hour in hours), default=0)
    bars: list[Bar] = []
    for number, hour in enumerate(hours):
        top = float(HEIGHT)
        for kind, jobs in (("done", hour.completed), ("failed", hour.failed)):
            height = round(HEIGHT * jobs / most, 1) if most else 0.0
            top -= height
            if jobs:
                bars.append(Bar(kind, number * (BAR + GAP), round(top, 1), height))
    return Chart(len(hours) * (BAR + GAP) - GAP, HEIGHT, most, bars)
