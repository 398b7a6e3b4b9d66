"""The one loop that every transport of a job's log shares: the present or what was missed, then what is new, to the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from typing import Any
from uuid import UUID

from jobs.models import JobProgress
from jobs.streaming.feed import first_messages, heartbeat, news_after
from jobs.streaming.rounds import Round
from jobs.streaming.rows import in_database

HEARTBEAT_S = 15.0
# One job wakes its watchers seldom: its holder reports at most four times a second, states are a handful.
JOB_PAUSE_S = 0.05


def read_sequences(job_ids: Collection[UUID]) -> dict[UUID, int]:
    """The present number of each job that is there."""
    return dict(JobProgress.objects.filter(pk__in=job_ids).values_list("pk", "sequence"))


SEQUENCES = Round(read_sequences)


class Pace:
    """When to look: at once after a quiet time, in a burst after a pause. And when to say that we are still here."""

    def __init__(self, woken: asyncio.Event, pause_s: float) -> None:
        self.woken = woken
        self.pause_s = pause_s
        self.now = asyncio.get_running_loop().time
        self.spoke()

    def spoke(self) -> None:
        """Something was sent: the next heartbeat is due HEARTBEAT_S from now."""
        self.spoke_at = self.now()

    async def next_look(self) -> bool:
        """True: woken, look at the rows. False: nothing was said for HEARTBEAT_S."""
        began = self.now()
        try:
            async with asyncio.timeout_at(self.spoke_at + HEARTBEAT_S):
                await self.woken.wait()
        except TimeoutError:
            self.spoke()
            return False
        await asyncio.sleep(began + self.pause_s - self.now())
        self.woken.clear()
        return True


async def watch_job(
    job_id: UUID,
    after: int | None,
    *,
    woken: asyncio.Event,
    allowed: Callable[[], bool] = lambda: True,
    pause_s: float = JOB_PAUSE_S,
) -> AsyncGenerator[dict[str, Any], None]:
    """Messages (docs/socket.md) with strictly increasing numbers, heartbeats between them; ends after the terminal one.

    Set `woken` to make it look at the rows; it looks every few seconds anyway. Ends when `allowed` says no, which it
    asks whenever it is woken. Raises ObjectDoesNotExist when the job vanishes.
    """
    pace = Pace(woken, pause_s)
    with SEQUENCES.watching(job_id, after, woken.set) as seen:
        messages, sequence = await in_database(first_messages)(job_id, after), 0
        while allowed():
            for message in messages:
                sequence = message["sequence"]
                yield message
                pace.spoke()
            seen.value = sequence
            if messages and messages[-1]["terminal"]:
                return
            if await pace.next_look():
                messages = await in_database(news_after)(job_id, sequence)
            else:
                messages = []
                yield heartbeat(job_id, sequence)
