"""How long a preset version takes per device, cold and warm, and by the size of the picture.

Computed from its last runs and cached for TIMINGS_KEPT_S.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import OuterRef, Q, Subquery

from creator.lib.ttl_cache import TTLCache
from jobs.enums import Outcome
from jobs.models import Attempt, PresetVersion
from jobs.scheduling.sizes import SizedTiming, Timing, timing_by_size

LAST_RUNS = 50
FEWEST_RUNS = 2
TIMINGS_KEPT_S = 3.0


class Work(NamedTuple):
    """What a job asks of a node: the digest of its preset version, and pixels of photo and result (0: unknown)."""

    need: str
    pixels: int = 0


@dataclass(frozen=True)
class Run:
    """One completed prompt: seconds on the node, and seconds from there to the stored result.

    `warm` is None if unknown; `pixels` is 0 if unknown.
    """

    device: str
    warm: bool | None
    seconds: float
    saving: float = 0.0
    pixels: int = 0


@dataclass(frozen=True)
class History:
    """The last runs of one preset version."""

    runs: tuple[Run, ...] = ()
    _known: dict[object, SizedTiming | None] = field(default_factory=dict, compare=False, repr=False)

    def timing(
        self, *, device: str | None = None, warm: bool | None = None, pixels: int = 0
    ) -> Timing | None:
        """The timing of runs with this device and `warm`, else of this device, else of all runs.

        Takes the first of these groups that has FEWEST_RUNS runs and brings it to the size of the picture, if
        `pixels` is not 0. None if there is no such group.
        """
        sized = self._once((device, warm, pixels > 0), lambda: self._timing(device, warm, pixels > 0))
        return sized.at(pixels) if sized else None

    def saving(self, pixels: int = 0) -> float:
        """Median seconds from the end of the prompt on the node to the stored result. 0 before the first run."""
        sized = self._once(pixels > 0, lambda: _sized(self.runs, lambda run: run.saving, pixels > 0))
        return sized.at(pixels).p50 if sized else 0.0

    def _timing(self, device: str | None, warm: bool | None, by_size: bool) -> SizedTiming | None:
        for like in (
            [run for run in self.runs if (run.device, run.warm) == (device, warm)],
            [run for run in self.runs if run.device == device],
            list(self.runs),
        ):
            if len(like) >= FEWEST_RUNS:
                return _sized(like, lambda run: run.seconds, by_size)
        return None

    def _once(self, key: object, compute: Callable[[], SizedTiming | None]) -> SizedTiming | None:
        if key not in self._known:
            self._known[key] = compute()
        return self._known[key]


_histories: TTLCache[frozenset[str], dict[str, History]] = TTLCache(TIMINGS_KEPT_S)


def histories(needs: Collection[str]) -> dict[str, History]:
    """The last runs of each need. Two statements, or none while the answer for the same needs is cached."""
    return _histories.get(frozenset(needs), lambda: _read(needs))


def typical_seconds(need: str) -> float | None:
    """Median seconds of the last runs, of any size and on any node. None if there are fewer than FEWEST_RUNS."""
    timing = histories([need])[need].timing()
    return timing.p50 if timing else None


def _sized(runs: Sequence[Run], seconds: Callable[[Run], float], by_size: bool) -> SizedTiming | None:
    """The timing of the runs whose size is known, if there are enough of them; else of all, without regard to size."""
    measured = [run for run in runs if run.pixels] if by_size else []
    if len(measured) >= FEWEST_RUNS:
        return timing_by_size([(run.pixels, seconds(run)) for run in measured])
    return timing_by_size([(0, seconds(run)) for run in runs]) if runs else None


def _read(needs: Collection[str]) -> dict[str, History]:
    """Reads at most LAST_RUNS rows per need: one statement finds where to start, the other reads."""
    ran = Attempt.objects.filter(outcome=Outcome.COMPLETED)
    newest = ran.filter(need=OuterRef("digest")).order_by("-id").values("id")
    oldest_read = PresetVersion.objects.filter(digest__in=needs).annotate(
        start=Subquery(newest[LAST_RUNS - 1 : LAST_RUNS])
    )
    parts = Q(pk__in=[])
    for need, start in oldest_read.values_list("digest", "start"):
        parts |= Q(need=need, id__gte=start or 0)
    rows = ran.filter(parts, gpu_seconds__isnull=False).order_by("-id")
    columns = rows.values_list(
        "need", "node__device", "warm", "gpu_seconds", "node_done_at", "ended_at", "pixels"
    )
    runs: dict[str, list[Run]] = {need: [] for need in needs}
    for need, device, warm, seconds, done_at, ended_at, pixels in columns:
        saving = (ended_at - done_at).total_seconds() if done_at and ended_at else 0.0
        runs[need].append(Run(device, warm, seconds or 0.0, max(0.0, saving), pixels))
    return {need: History(tuple(each)) for need, each in runs.items()}
