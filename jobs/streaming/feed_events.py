"""A person's feed, or what it says about one batch, as a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from jobs.feed import FeedPage, newest_ids, read_feed
from jobs.models import Batch
from jobs.streaming.database import in_database
from jobs.streaming.groups import is_about_a_move, owner_group
from jobs.streaming.listening import Message
from jobs.streaming.polling import SharedPoll
from jobs.streaming.watch import Pace

FEED_PAUSE_S = 0.25
AT_A_TIME = 100

NEWEST = SharedPoll(newest_ids)


@dataclass(frozen=True)
class FeedEvents:
    """The owner's events after the id `after`, then new ones (`jobs.streaming.sse.Watched`).

    `types`: only events of these types; empty: of all. `batch`: only events of its jobs; the stream ends with the
    last of them.
    """

    owner_id: UUID
    after: int
    types: Collection[str] = ()
    batch: Batch | None = None
    number = "id"

    @property
    def group(self) -> str:
        return owner_group(self.owner_id)

    def concerns(self, wake_up: Message) -> bool:
        return is_about_a_move(wake_up)

    def is_over(self) -> bool:
        if self.batch is None:
            return False
        page = self.read(limit=1)
        return page.terminal and not page.events

    def read(self, limit: int = AT_A_TIME) -> FeedPage:
        """The next page. Synchronous."""
        return read_feed(self.owner_id, self.after, limit=limit, types=self.types, batch=self.batch)

    async def messages(
        self, *, woken: asyncio.Event, allowed: Callable[[], bool]
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yields events with rising ids. Heartbeats have the id to resume after; the first one comes at once."""
        pace, unread = Pace(woken, FEED_PAUSE_S), self
        with NEWEST.watching(self.owner_id, None, woken.set) as seen:
            yield _heartbeat(self.after)
            while allowed():
                page = await in_database(unread.read)()
                for event in page.events:
                    yield asdict(event)
                    pace.spoke()
                if page.terminal:
                    return
                unread = replace(self, after=page.after)
                if page.has_more:
                    continue
                seen.value = page.newest or None
                while not await pace.next_look():
                    yield _heartbeat(page.after)


def _heartbeat(after: int) -> dict[str, Any]:
    return {"type": "heartbeat", "id": after, "sent_at": timezone.now()}
