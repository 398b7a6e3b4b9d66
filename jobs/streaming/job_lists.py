"""Notices when a person's open jobs or credits change, and renders what a page then has to show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Max, Q, Sum
from django.template.loader import render_to_string

from billing.queries import available_of
from jobs.enums import JobStatus
from jobs.models import Job
from jobs.queries import with_all
from jobs.streaming.batch_progress import batch_progress
from jobs.streaming.home import Entry, Home, read_home
from jobs.streaming.polling import SharedPoll
from jobs.streaming.snapshot import Snapshot, snapshots_of

# Two conditions instead of one on `finished_at`: each has its own index, so the query never touches old jobs.
MESSAGE = 4000
OPEN = Q(status=JobStatus.QUEUED) | Q(status=JobStatus.PROCESSING)


def read_lists(owner_ids: Collection[UUID]) -> dict[UUID, tuple[object, ...]]:
    """Returns a mark per owner: it differs as soon as an open job changes, is added or ends, or the credits change."""
    mine = Job.objects.filter(OPEN, owner_id__in=owner_ids).order_by().values("owner_id")
    marked = mine.annotate(count=Count("pk"), changes=Sum("progress__sequence"), newest=Max("created_at"))
    jobs = {row["owner_id"]: (row["count"], row["changes"], row["newest"]) for row in marked}
    credits = available_of(owner_ids)
    return {owner_id: (*jobs.get(owner_id, ()), credits.get(owner_id)) for owner_id in jobs.keys() | credits}


LISTS = SharedPoll(read_lists)


@dataclass
class ShownHome:
    """What one socket has sent of its owner's home page: marks by entry, and the ids of the results.

    `estimated`: the open jobs whose places or times left it shows.
    """

    owner_id: UUID
    entries: dict[UUID, tuple[object, ...]] = field(default_factory=dict)
    results: list[UUID] | None = None
    credits: int | None = None
    batches: set[UUID] = field(default_factory=set)
    estimated: list[Snapshot] = field(default_factory=list)

    def news(self) -> list[str]:
        """Returns messages with the HTML of everything that changed since the last call.

        The first call gives every row, and both lists with empty items: a page that lacks one fetches itself.
        """
        home = read_home(self.owner_id)
        present = {entry.id: entry for entry in home.entries}
        parts = [
            *self._ended(present),
            *self._changed(present),
            *self._lists(home, present),
            *self._credits(),
        ]
        self.entries = {pk: entry.mark for pk, entry in present.items()}
        self.batches = {pk for pk, entry in present.items() if entry.batch}
        self.estimated = [entry.estimated for entry in home.entries if entry.estimated]
        self.results = [job.id for job in home.results]
        return in_messages(parts)

    def _ended(self, present: dict[UUID, Entry]) -> list[str]:
        """The last state of the entries that are gone, so that the page can say how they ended."""
        gone = self.entries.keys() - present.keys()
        jobs = list(with_all(Job.objects.filter(pk__in=gone - self.batches, owner_id=self.owner_id)))
        ended = zip(jobs, snapshots_of(jobs), strict=True)
        return [
            *(_render("_live_row", job=job, now=now) for job, now in ended if now.terminal),
            *(_render("_batch_row", batch=batch) for batch in map(batch_progress, gone & self.batches)),
        ]

    def _changed(self, present: dict[UUID, Entry]) -> list[str]:
        changed = [each for pk, each in present.items() if self.entries.get(pk) != each.mark]
        return [_render("_open_row", entry=entry) for entry in changed]

    def _lists(self, home: Home, present: dict[UUID, Entry]) -> list[str]:
        lists, is_first = [], self.results is None
        if is_first or list(present) != list(self.entries):
            whole = () if is_first else present.keys() - self.entries.keys()
            lists += [
                _render("_open_count", open=home.open),
                _render("_open_list", entries=home.entries, whole=whole),
            ]
        results = [job.id for job in home.results]
        if results != self.results:
            whole = () if self.results is None else {*results} - {*self.results}
            lists.append(_render("_recent_list", results=home.results, whole=whole))
        return lists

    def _credits(self) -> list[str]:
        credits = available_of([self.owner_id]).get(self.owner_id)
        if credits is None or credits == self.credits:
            return []
        self.credits = credits
        return [render_to_string("billing/_credits.html", {"credits": credits})]


def in_messages(parts: Sequence[str]) -> list[str]:
    """Joins the parts in order to messages of at most MESSAGE characters; a longer part is one by itself."""
    messages: list[str] = []
    for part in parts:
        if messages and len(messages[-1]) + len(part) <= MESSAGE:
            messages[-1] += part
        else:
            messages.append(part)
    return messages


def _render(name: str, **context: object) -> str:
    return render_to_string(f"jobs/{name}.html", context)
