"""How long a preset version takes per device, cold and warm.

Computed from its last runs and cached for TIMINGS_KEPT_S.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from statistics import median, quantiles

from django.db.models import OuterRef, Q, Subquery

from creator.lib.ttl_cache import TTLCache
from jobs.enums import Outcome
from jobs.models import Attempt, PresetVersion

LAST_RUNS = 50
FEWEST_RUNS = 2
TIMINGS_KEPT_S = 3.0


@dataclass(frozen=True)
class Timing:
    """Seconds on the node: the median and the 90th percentile."""

    p50: float
    p90: float


@dataclass(frozen=True)
class Run:
    """One completed prompt: seconds on the node, and seconds from there to the stored result.

    `warm` is None if unknown.
    """

    device: str
    warm: bool | None
    seconds: float
    saving: float = 0.0


@dataclass(frozen=True)
class History:
    """The last runs of one preset version."""

    runs: tuple[Run, ...] = ()

    @cached_property
    def saving(self) -> float:
        """Median seconds from the end of the prompt on the node to the stored result."""
        return median(run.saving for run in self.runs) if self.runs else 0.0

    def timing(self, *, device: str | None = None, warm: bool | None = None) -> Timing | None:
        """The timing of runs with this device and `warm`, else of this device, else of all runs.

        Takes the first of these groups that has FEWEST_RUNS runs. None if there is no such group.
        """
        for like in (
            [run for run in self.runs if (run.device, run.warm) == (device, warm)],
            [run for run in self.runs if run.device == device],
            list(self.runs),
        ):
            if len(like) >= FEWEST_RUNS:
                return _timing([run.seconds for run in like])
        return None


_histories: TTLCache[frozenset[str], dict[str, History]] = TTLCache(TIMINGS_KEPT_S)


def histories(needs: Collection[str]) -> dict[str, History]:
    """The last runs of each need. Two statements, or none while the answer for the same needs is cached."""
    return _histories.get(frozenset(needs), lambda: _read(needs))


def typical_seconds(need: str) -> float | None:
    """Median seconds of the last runs on any node. None if there are fewer than FEWEST_RUNS."""
    timing = histories([need])[need].timing()
    return timing.p50 if timing else None


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
    columns = rows.values_list("need", "node__device", "warm", "gpu_seconds", "node_done_at", "ended_at")
    runs: dict[str, list[Run]] = {need: [] for need in needs}
    for need, device, warm, seconds, done_at, ended_at in columns:
        saving = (ended_at - done_at).total_seconds() if done_at and ended_at else 0.0
        runs[need].append(Run(device, warm, seconds or 0.0, max(0.0, saving)))
    return {need: History(tuple(each)) for need, each in runs.items()}


def _timing(seconds: Iterable[float]) -> Timing:
    values = sorted(seconds)
    return Timing(median(values), quantiles(values, n=10, method="inclusive")[8])
