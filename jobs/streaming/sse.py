"""A job's messages over plain HTTP, as server-sent events or by polling; the same messages as on the socket.

Event streams follow the HTML standard, section 9.2: `id` is the job's sequence, which an EventSource sends
back as `Last-Event-ID`; status 204 tells it not to reconnect.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts.principals import Principal
from creator.lib.open_counts import Held
from jobs.enums import FINAL
from jobs.models import Job
from jobs.streaming import slow_readers
from jobs.streaming.database import in_database
from jobs.streaming.groups import job_group
from jobs.streaming.limits import WATCHERS
from jobs.streaming.listening import woken_by
from jobs.streaming.messages import encode, first_messages, parse_number
from jobs.streaming.principals import watching_access
from jobs.streaming.watch import watch_job

RETRY_MS = (1000, 3000)


def after_number(query: Mapping[str, str], headers: Mapping[str, str]) -> int | None:
    """Returns the sequence to resume after: `Last-Event-ID` of a reconnecting browser, else `?after=`.

    None means to start with the current state.
    """
    return parse_number(headers.get("Last-Event-ID", "") or query.get("after", ""))


def poll_events(job_id: UUID, after: int | None) -> dict[str, Any]:
    """Returns the `messages` after `after`, the `after` of the next request, and whether the job is final.

    With `after` None the only message is a snapshot. Synchronous. Raises Job.DoesNotExist.
    """
    messages = first_messages(job_id, after)
    last = messages[-1]
    if last["type"] == "snapshot" and after is not None:
        messages = []  # nothing is new: the caller has this state already
    return {"messages": messages, "after": last["sequence"], "terminal": last["terminal"]}


async def events_response(job_id: UUID, after: int | None, *, principal: Principal) -> HttpResponseBase:
    """Answers `GET …/events` for a caller who may see the job: a stream, or 204 if nothing more will come.

    The stream ends with the job or with the caller's access. Raises Refused if the person has as many sockets and
    streams open as allowed.
    """
    if after is not None and await in_database(_is_over)(job_id, after):
        return HttpResponse(status=204)
    return counted_stream(stream_events(job_id, after, principal=principal), principal=principal)


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


async def stream_events(
    job_id: UUID, after: int | None, *, principal: Principal
) -> AsyncGenerator[bytes, None]:
    """Yields encoded events: a snapshot or the updates after `after`, then new ones, up to the terminal one."""
    yield f"retry: {random.randint(*RETRY_MS)}\n\n".encode()  # noqa: S311  (spreads reconnects over time)
    async with aclosing(watched_messages(job_id, after, principal=principal)) as messages:
        async for message in messages:
            with slow_reader_cut_off():
                yield encode_event(message)


async def watched_messages(
    job_id: UUID, after: int | None, *, principal: Principal
) -> AsyncGenerator[dict[str, Any], None]:
    """Yields the messages of `watch_job` for as long as the caller has access."""
    ended = asyncio.Event()
    async with woken_by(job_group(job_id)) as woken:

        def end() -> None:
            ended.set()
            woken.set()

        async with watching_access(principal, end):
            messages = watch_job(job_id, after, woken=woken, allowed=lambda: not ended.is_set())
            async with aclosing(messages):
                async for message in messages:
                    yield message


def encode_event(message: Mapping[str, Any]) -> bytes:
    """Encodes one event. The JSON contains no line breaks, so one `data` line suffices."""
    return f"id: {message['sequence']}\nevent: {message['type']}\ndata: {encode(message)}\n\n".encode()


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


def _is_over(job_id: UUID, after: int) -> bool:
    return Job.objects.filter(pk=job_id, status__in=FINAL, progress__sequence__lte=after).exists()
