"""How the seconds of a prompt grow with the pixels of its picture, learned from runs of several sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median, quantiles

# A slope through sizes that differ less than this is noise.
LEAST_SPREAD = 1.5
# Until sizes that differ more were run: a prompt takes as long as its pixels and this many more.
FIXED_PIXELS = 1_000_000


@dataclass(frozen=True)
class Timing:
    """Seconds on the node: the median and the 90th percentile."""

    p50: float
    p90: float


@dataclass(frozen=True)
class Scale:
    """Seconds as a line over pixels, of which only ratios are used."""

    fixed: float
    per_pixel: float

    def at(self, pixels: int) -> float:
        return self.fixed + self.per_pixel * pixels


@dataclass(frozen=True)
class SizedTiming:
    """The timing of a group of runs, brought to a picture of any size."""

    scale: Scale
    p50: float
    p90: float

    def at(self, pixels: int) -> Timing:
        factor = self.scale.at(pixels)
        return Timing(self.p50 * factor, self.p90 * factor)


def timing_by_size(runs: Sequence[tuple[int, float]]) -> SizedTiming:
    """The timing of (pixels, seconds) of at least one run. Pixels of 0 in any run: the size does not count."""
    scale = _scale(runs)
    shares = sorted(seconds / scale.at(pixels) for pixels, seconds in runs)
    nine_of_ten = quantiles(shares, n=10, method="inclusive")[8] if len(shares) > 1 else shares[0]
    return SizedTiming(scale, median(shares), nine_of_ten)


def _scale(runs: Sequence[tuple[int, float]]) -> Scale:
    """The line through the runs, with neither a negative slope nor a negative start.

    The slope is the median of the slopes between all pairs (the Theil-Sen estimator): single slow runs do not
    turn it.
    """
    sizes = [pixels for pixels, _ in runs]
    if min(sizes) == 0:
        return Scale(1.0, 0.0)
    if max(sizes) < LEAST_SPREAD * min(sizes):
        return Scale(FIXED_PIXELS, 1.0)
    slopes = [(t2 - t1) / (p2 - p1) for (p1, t1), (p2, t2) in combinations(runs, 2) if p1 != p2]
    slope = max(0.0, median(slopes))
    fixed = max(0.0, median(seconds - slope * pixels for pixels, seconds in runs))
    return Scale(fixed, slope) if fixed + slope else Scale(1.0, 0.0)
