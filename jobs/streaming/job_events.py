"""A job's messages over plain HTTP, by stream and by polling; the same messages as on the socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jobs.enums import FINAL
from jobs.models import Job
from jobs.streaming.groups import job_group
from jobs.streaming.listening import Message
from jobs.streaming.messages import first_messages
from jobs.streaming.watch import watch_job


@dataclass(frozen=True)
class JobEvents:
    """A snapshot or the updates after `after`, then new ones, up to the terminal one (`jobs.streaming.sse.Watched`)."""

    job_id: UUID
    after: int | None = None
    number = "sequence"

    @property
    def group(self) -> str:
        return job_group(self.job_id)

    def concerns(self, wake_up: Message) -> bool:
        return True

    def is_over(self) -> bool:
        if self.after is None:
            return False
        return Job.objects.filter(
            pk=self.job_id, status__in=FINAL, progress__sequence__lte=self.after
        ).exists()

    def messages(
        self, *, woken: asyncio.Event, allowed: Callable[[], bool]
    ) -> AsyncGenerator[dict[str, Any], None]:
        return watch_job(self.job_id, self.after, woken=woken, allowed=allowed)

    def poll(self) -> dict[str, Any]:
        """Returns the `messages` after `after`, the `after` of the next request, and whether the job is final.

        With `after` None the only message is a snapshot. Synchronous. Raises Job.DoesNotExist.
        """
        messages = first_messages(self.job_id, self.after)
        last = messages[-1]
        if last["type"] == "snapshot" and self.after is not None:
            messages = []  # nothing is new: the caller has this state already
        return {"messages": messages, "after": last["sequence"], "terminal": last["terminal"]}
