"""Whose prompts a node has: ours, strays of ours, and those of other clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from uuid import UUID

from jobs.comfy import EndedRun, NodeQueue, is_probe
from jobs.enums import WITHOUT_RESULT
from jobs.models import Attempt
from jobs.nodes.strays import in_order


@dataclass(frozen=True)
class Tenants:
    """The prompts of one look at a node's queue.

    `strays` in the order in which to drop them; `foreign` are the ids of other clients' prompts, the running one
    first; `ahead` has the keys of the attempts of ours before which the number of foreign prompts has changed,
    with the new number.
    """

    strays: list[str] = field(default_factory=list)
    foreign: tuple[str, ...] = ()
    ahead: dict[int, int] = field(default_factory=dict)


def sort_prompts(queue: NodeQueue) -> Tenants:
    """Sorts a node's prompts by their owner. One statement, or none for an empty queue."""
    ids = (*queue.running, *queue.pending)
    known = {uuid: each for each in ids if (uuid := _uuid(each))}
    if not known:
        return Tenants(foreign=ids)
    rows = Attempt.objects.filter(prompt_id__in=known).order_by()
    ours = {
        known[attempt.prompt_id]: attempt
        for attempt in rows.only("prompt_id", "ended_at", "outcome", "foreign_ahead")
    }
    strays = {id for id, each in ours.items() if each.ended_at and each.outcome in WITHOUT_RESULT}
    foreign: list[str] = []
    ahead: dict[int, int] = {}
    for each in ids:
        if attempt := ours.get(each):
            if attempt.foreign_ahead != len(foreign):
                ahead[attempt.pk] = len(foreign)
        elif not is_probe(each):
            foreign.append(each)
    return Tenants(in_order(queue, strays), tuple(foreign), ahead)


def record_ahead(ahead: Mapping[int, int]) -> None:
    """Writes how many foreign prompts run before each of these attempts."""
    for pk, number in ahead.items():
        Attempt.objects.filter(pk=pk).update(foreign_ahead=number)


def foreign_seconds(runs: Sequence[EndedRun]) -> float | None:
    """Median seconds of those of the runs that were not ours. None if there are none. One statement."""
    ids = [uuid for run in runs if (uuid := _uuid(run.prompt_id))]
    ours = set(Attempt.objects.filter(prompt_id__in=ids).values_list("prompt_id", flat=True))
    theirs = [run for run in runs if _uuid(run.prompt_id) not in ours and not is_probe(run.prompt_id)]
    return median(run.seconds for run in theirs) if theirs else None


def _uuid(prompt_id: str) -> UUID | None:
    """None for an id that cannot be ours: older servers take any string from their clients."""
    try:
        return UUID(prompt_id)
    except ValueError:
        return None
