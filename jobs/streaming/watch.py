"""The loop behind every transport: sends the current state or the missed updates, then new ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from typing import Any
from uuid import UUID

from jobs.models import JobProgress
from jobs.streaming.database import in_database
from jobs.streaming.messages import first_messages, heartbeat, news_after
from jobs.streaming.polling import SharedPoll

HEARTBEAT_S = 15.0
# One job wakes its watchers rarely: its holder reports at most four times a second, and a job has few events.
JOB_PAUSE_S = 0.05


def read_sequences(job_ids: Collection[UUID]) -> dict[UUID, int]:
    """Returns the current sequence of each job that exists."""
    return dict(JobProgress.objects.filter(pk__in=job_ids).values_list("pk", "sequence"))


SEQUENCES = SharedPoll(read_sequences)


class Pace:
    """Times reads (at once after a quiet time, after a pause in a burst) and heartbeats."""

    def __init__(self, woken: asyncio.Event, pause_s: float) -> None:
        self.woken = woken
        self.pause_s = pause_s
        self.now = asyncio.get_running_loop().time
        self.spoke()

    def spoke(self) -> None:
        """Notes that a message was sent: the next heartbeat is due HEARTBEAT_S from now."""
        self.spoke_at = self.now()

    async def next_look(self) -> bool:
        """Returns True when woken, to read the rows; False when nothing was sent for HEARTBEAT_S."""
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
    """Yields messages (docs/socket.md) with strictly increasing sequences and heartbeats between them.

    Ends after the terminal message, or when `allowed` returns False; it checks `allowed` whenever it is
    woken. Setting `woken` makes it read the rows; a shared poll also finds changes every few seconds. Raises
    ObjectDoesNotExist if the job vanishes.
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
