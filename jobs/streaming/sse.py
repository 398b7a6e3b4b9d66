"""Messages over plain HTTP, as server-sent events: of a job, of a batch, or of everything a person has.

Event streams follow the HTML standard, section 9.2: an EventSource sends the last `id` back as
`Last-Event-ID`; status 204 tells it not to reconnect.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any, Protocol

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts.principals import Principal
from creator.lib.open_counts import Held
from jobs.streaming import slow_readers
from jobs.streaming.database import in_database
from jobs.streaming.limits import WATCHERS
from jobs.streaming.listening import Message, woken_by
from jobs.streaming.messages import encode, parse_number
from jobs.streaming.principals import watching_access

RETRY_MS = (1000, 3000)
Messages = AsyncGenerator[dict[str, Any], None]


class Watched(Protocol):
    """What a stream shows. `group` wakes it; `number` names the field of its messages that a reader resumes after."""

    number: str

    @property
    def group(self) -> str: ...

    def concerns(self, wake_up: Message) -> bool:
        """Whether to look at the rows for this message to the group."""

    def is_over(self) -> bool:
        """Whether the reader has everything that will ever come. Synchronous: reads rows."""

    def messages(self, *, woken: asyncio.Event, allowed: Callable[[], bool]) -> Messages:
        """What there is, then what comes, with heartbeats. Looks at `allowed` whenever it is woken, and ends if not."""


def after_number(query: Mapping[str, str], headers: Mapping[str, str]) -> int | None:
    """Returns the number to resume after: `Last-Event-ID` of a reconnecting browser, else `?after=`.

    None means to start with the present.
    """
    return parse_number(headers.get("Last-Event-ID", "") or query.get("after", ""))


async def events_response(watched: Watched, *, principal: Principal) -> HttpResponseBase:
    """Answers a caller who may see what is watched: a stream, or 204 if nothing more will come.

    The stream ends when that is complete, or with the caller's access. Raises Refused if the person has as many
    sockets and streams open as allowed.
    """
    if await in_database(watched.is_over)():
        return HttpResponse(status=204)
    return counted_stream(stream_events(watched, principal=principal), principal=principal)


def counted_stream(events: AsyncGenerator[bytes, None], *, principal: Principal) -> StreamingHttpResponse:
    """The answer that sends encoded events. Raises Refused as `events_response` does."""
    return StreamingHttpResponse(
        _counted(events, WATCHERS.one_of(principal.user.pk)),
        content_type="text/event-stream; charset=utf-8",
        headers={"X-Accel-Buffering": "no"},
    )


async def _counted(events: AsyncGenerator[bytes, None], place: Held) -> AsyncGenerator[bytes, None]:
    """Releases the place at the stream's end."""
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    finally:
        place.release()


async def stream_events(watched: Watched, *, principal: Principal) -> AsyncGenerator[bytes, None]:
    """Yields the messages, encoded."""
    yield f"retry: {random.randint(*RETRY_MS)}\n\n".encode()  # noqa: S311  (spreads reconnects over time)
    async with aclosing(watched_messages(watched, principal=principal)) as messages:
        async for message in messages:
            with slow_reader_cut_off():
                yield encode_event(message[watched.number], message)


async def watched_messages(watched: Watched, *, principal: Principal) -> Messages:
    """Yields the messages as they come, until nothing more will come or the caller's access ends."""
    ended = asyncio.Event()
    async with woken_by(watched.group, watched.concerns) as woken:

        def end() -> None:
            ended.set()
            woken.set()

        async with (
            watching_access(principal, end),
            aclosing(watched.messages(woken=woken, allowed=lambda: not ended.is_set())) as messages,
        ):
            async for message in messages:
                yield message


def encode_event(number: int, message: Mapping[str, Any]) -> bytes:
    """Encodes one event. The JSON contains no line breaks, so one `data` line suffices."""
    return f"id: {number}\nevent: {message['type']}\ndata: {encode(message)}\n\n".encode()


@contextmanager
def slow_reader_cut_off() -> Iterator[None]:
    """Cancels the task that iterates over a stream if its reader takes longer than SLOW_S for what is yielded inside."""
    task = asyncio.current_task()
    assert task is not None  # a generator is iterated by a task
    alarm = asyncio.get_running_loop().call_later(slow_readers.SLOW_S, task.cancel)
    try:
        yield
    finally:
        alarm.cancel()
