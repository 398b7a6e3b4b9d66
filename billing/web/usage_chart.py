"""The picture of usage: a bar for each day, stacked by preset. Computes an SVG's numbers; the template draws it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.usage import Usage, summed
from creator.lib.formatting import count

SHADES = 6
"""As many as the stylesheet has. If there are more presets, those used least share the last one."""
MOST_BARS = 62
HEIGHT = 100
OTHERS = "Other presets"


@dataclass(frozen=True)
class Part:
    """A rectangle in a box of one unit a bar by HEIGHT, its y from the top."""

    x: str
    y: str
    height: str
    shade: int
    title: str


@dataclass(frozen=True)
class Chart:
    """`width` is the number of bars, `most` the credits of the tallest, `days_each` how many days a bar stands for."""

    parts: Sequence[Part]
    width: int
    most: int
    days_each: int
    first: date
    last: date
    legend: Sequence[tuple[int, str]]


def draw(used: Usage, titles: Mapping[str, str], days: Sequence[date]) -> Chart | None:
    """The chart of the credits used on these days in a row, by the titles of labels. None if there were none."""
    bars = _bars(used, days, days_each := 1 if len(days) <= MOST_BARS else 7)
    most = max((sum(bar.values()) for bar in bars), default=0)
    if not most:
        return None
    shades = _shades(used)
    legend = {
        shade: OTHERS if _is_shared(shade, shades) else titles[label] for label, shade in shades.items()
    }
    parts = [
        part
        for x, bar in enumerate(bars)
        for part in _stack(x, days[x * days_each], _by_shade(bar, shades), legend, most)
    ]
    return Chart(parts, len(bars), most, days_each, days[0], days[-1], sorted(legend.items()))


def _bars(used: Usage, days: Sequence[date], days_each: int) -> list[dict[str, int]]:
    """Label → credits, for each bar."""
    bars: list[dict[str, int]] = [defaultdict(int) for _ in days[::days_each]]
    for (day, label), use in used.items():
        bars[(day - days[0]).days // days_each][label] += use.used
    return bars


def _shades(used: Usage) -> dict[str, int]:
    """Label → number of its shade, the most used first."""
    totals = summed(used, lambda key: key[1])
    ranked = sorted(
        (label for label in totals if totals[label].used), key=lambda each: (-totals[each].used, each)
    )
    return {label: min(place, SHADES - 1) for place, label in enumerate(ranked)}


def _is_shared(shade: int, shades: Mapping[str, int]) -> bool:
    return shade == SHADES - 1 and len(shades) > SHADES


def _by_shade(bar: Mapping[str, int], shades: Mapping[str, int]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for label, credits in bar.items():
        if credits:
            sums[shades[label]] += credits
    return sums


def _stack(x: int, day: date, bar: Mapping[int, int], legend: Mapping[int, str], most: int) -> list[Part]:
    parts, below = [], 0
    for shade, credits in sorted(bar.items()):
        below += credits
        top, height = (HEIGHT * each / most for each in (most - below, credits))
        title = f"{day:%-d %B}: {legend[shade]}, {count(credits, 'credit')}"
        parts.append(Part(f"{x + 0.1:.1f}", f"{top:.2f}", f"{height:.2f}", shade, title))
    return parts
