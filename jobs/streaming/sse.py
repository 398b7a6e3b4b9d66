"""The log of a job over plain HTTP: server-sent events and polling, with the messages of the socket.

Event streams are those of the HTML standard, section 9.2: `id` is the job's number, which an EventSource sends back as
`Last-Event-ID`; 204 tells it not to come back.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from jobs.enums import FINAL
from jobs.models import Job
from jobs.streaming import slow
from jobs.streaming.feed import encode, first_messages, parse_number
from jobs.streaming.groups import job_group
from jobs.streaming.listening import woken_by
from jobs.streaming.rows import in_database
from jobs.streaming.watch import watch_job

RETRY_MS = (1000, 3000)
ASK_EVERY_S = 3.0


async def always() -> bool:
    return True


def after_number(query: Mapping[str, str], headers: Mapping[str, str]) -> int | None:
    """The number to resume after: `Last-Event-ID` of a browser that comes back, else `?after=`; None: from the present."""
    return parse_number(headers.get("Last-Event-ID", "") or query.get("after", ""))


def poll_events(job_id: UUID, after: int | None) -> dict[str, Any]:
    """`messages` above `after` (the present where it is None), the `after` to ask with next, and whether that was the end.

    Synchronous. Raises Job.DoesNotExist.
    """
    messages = first_messages(job_id, after)
    last = messages[-1]
    if last["type"] == "snapshot" and after is not None:
        messages = []  # nothing is new: the asker has it
    return {"messages": messages, "after": last["sequence"], "terminal": last["terminal"]}


async def events_response(
    job_id: UUID, after: int | None, *, still_allowed: Callable[[], Awaitable[bool]] = always
) -> HttpResponseBase:
    """The answer to `GET …/events` for somebody who may see the job: a stream, or 204 where nothing more will come.

    `still_allowed` is asked every few seconds; the stream ends when it says no.
    """
    if after is not None and await in_database(_is_over)(job_id, after):
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    return StreamingHttpResponse(
        stream_events(job_id, after, still_allowed=still_allowed),
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def stream_events(
    job_id: UUID, after: int | None, *, still_allowed: Callable[[], Awaitable[bool]] = always
) -> AsyncGenerator[bytes, None]:
    """Encoded events: the present, or what came after `after`; then what is new. Ends after the terminal message.

    A reader that takes longer than SLOW_S for one event is cut off: the task that iterates is cancelled.
    """
    yield f"retry: {random.randint(*RETRY_MS)}\n\n".encode()  # noqa: S311  (so that many do not return at once)
    async with woken_by(job_group(job_id)) as woken:
        permit = asyncio.create_task(_until_forbidden(still_allowed, woken))
        try:
            messages = watch_job(job_id, after, woken=woken, allowed=lambda: not permit.done())
            async with aclosing(messages):
                async for message in messages:
                    alarm = _cut_off_later()
                    try:
                        yield encode_event(message)
                    finally:
                        alarm.cancel()
        finally:
            permit.cancel()
            with suppress(asyncio.CancelledError):
                await permit


def encode_event(message: Mapping[str, Any]) -> bytes:
    """One event; JSON has no line breaks of its own."""
    return f"id: {message['sequence']}\nevent: {message['type']}\ndata: {encode(message)}\n\n".encode()


def _cut_off_later() -> asyncio.TimerHandle:
    task = asyncio.current_task()
    assert task is not None  # a generator is iterated by a task
    return asyncio.get_running_loop().call_later(slow.SLOW_S, task.cancel)


async def _until_forbidden(still_allowed: Callable[[], Awaitable[bool]], woken: asyncio.Event) -> None:
    """Ends, and wakes the stream, when the asker may no longer see the job."""
    if still_allowed is always:
        await asyncio.Event().wait()
    try:
        while await still_allowed():
            await asyncio.sleep(ASK_EVERY_S)
    finally:
        woken.set()


def _is_over(job_id: UUID, after: int) -> bool:
    return Job.objects.filter(pk=job_id, status__in=FINAL, progress__sequence__lte=after).exists()
