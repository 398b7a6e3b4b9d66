"""Positions and remaining times for open pages: estimated together, less often than sequences are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

from jobs.enums import OPEN
from jobs.models import Job
from jobs.scheduling import estimate_waits
from jobs.streaming.polling import SharedPoll
from jobs.streaming.snapshot import Snapshot

Place = tuple[int | None, int | None, str]


def read_places(job_ids: Collection[UUID]) -> dict[UUID, Place]:
    """Returns position, estimated seconds and reason of each job that is not final."""
    open_jobs = Job.objects.filter(pk__in=job_ids, status__in=OPEN)
    jobs = list(open_jobs.select_related("progress").prefetch_related("attempts"))
    return {pk: (wait.position, wait.eta_s, wait.why) for pk, wait in estimate_waits(jobs).items()}


def place_in(now: Snapshot) -> Place | None:
    """Returns the same values as a snapshot holds them; None if the job is final."""
    return None if now.terminal else (now.position, now.eta, now.why)


PLACES = SharedPoll(read_places, slower=3)


@contextmanager
def watching_places(shown: Iterable[Snapshot], changed: Callable[[], None]) -> Iterator[None]:
    """Within the context, calls `changed` whenever one of these jobs has other values than its snapshot."""
    with ExitStack() as stack:
        for now in shown:
            stack.enter_context(PLACES.watching(now.job_id, place_in(now), changed))
        yield
