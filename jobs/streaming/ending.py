"""Waits until jobs have ended, for requests that prefer to be answered then; no thread waits with them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from uuid import UUID

from accounts.principals import Principal
from jobs.enums import OPEN
from jobs.models import Job
from jobs.streaming.database import in_database
from jobs.streaming.groups import job_group, owner_group
from jobs.streaming.listening import woken_by
from jobs.streaming.polling import SharedPoll
from jobs.streaming.principals import watching_access

PAUSE_S = 0.05
"""Between two looks, however often the jobs' progress wakes."""
Jobs = frozenset[UUID]


def read_ended(asked: Collection[Jobs]) -> dict[Jobs, bool]:
    """Returns True for each group of jobs of which none is open, and leaves out the others. One query."""
    wanted: Jobs = frozenset().union(*asked)
    going = set(Job.objects.filter(pk__in=wanted, status__in=OPEN).values_list("pk", flat=True))
    return {jobs: True for jobs in asked if not jobs & going}


ENDED = SharedPoll(read_ended)


async def all_end(job_ids: Collection[UUID], *, within_s: float, principal: Principal) -> bool:
    """Waits until the jobs of the principal have ended. False: not in time, or the principal's access ended before."""
    jobs = frozenset(job_ids)
    try:
        async with asyncio.timeout(within_s):
            return await _end(jobs, principal)
    except TimeoutError:
        return False


async def _end(jobs: Jobs, principal: Principal) -> bool:
    group = job_group(*jobs) if len(jobs) == 1 else owner_group(principal.user.pk)
    access_ended = asyncio.Event()
    async with woken_by(group) as woken:

        def end() -> None:
            access_ended.set()
            woken.set()

        async with watching_access(principal, end):
            with ENDED.watching(jobs, None, woken.set):
                while not await in_database(read_ended)([jobs]):
                    await woken.wait()
                    if access_ended.is_set():
                        return False
                    await asyncio.sleep(PAUSE_S)
                    woken.clear()
                return True
