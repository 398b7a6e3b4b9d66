"""The asynchronous twin of `client.py`, written from it by generate.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import httpx2

from creator_client import calls
from creator_client.base import (
    TRIES,
    Picture,
    Site,
    answer_of,
    check_one_picture,
    events_of,
    is_heartbeat,
    job_body,
    next_page,
    request_of,
    result_of,
)
from creator_client.call import Call
from creator_client.errors import Unreachable
from creator_client.models import AcceptedJobAnswer, JobAnswer, JobListAnswer, MessageAnswer, UploadAnswer
from creator_client.photos import UPLOAD, Progress, photo_form
from creator_client.retries import PASSING, pause_before_next
from creator_client.streams import EventLines

Answer = TypeVar("Answer")


class AsyncClient:
    """Every method raises ApiError for a refusal, and Unreachable if the server cannot be reached.

    `site`: the address, else that in CREATOR_SITE. `key`: an API key or access token, else that in CREATOR_KEY.
    """

    def __init__(
        self, site: str = "", key: str = "", *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.site = Site.named(site, key)
        self.http = httpx2.AsyncClient(transport=transport, **self.site.options)
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self.http.aclose()

    async def run(
        self,
        preset: str,
        photo: str | Path | None = None,
        *,
        on_message: Callable[[MessageAnswer], object] | None = None,
        **settings: Any,
    ) -> Picture:
        """Uploads the photo, has the picture made, waits for it and downloads it.

        `settings`: those of `POST /jobs`, such as `parameters`, `seed` and `output_format`. `on_message` is called with
        each message about the progress. Raises JobFailed if no picture was made, and ValueError for `variations`.
        """
        check_one_picture(settings)
        upload_id = (await self.upload(photo))["id"] if photo is not None else None
        accepted = await self.call(calls.create_job(job_body(preset, upload_id, settings)))
        job = await self.wait(cast(AcceptedJobAnswer, accepted)["job_id"], on_message=on_message)
        return await self.picture_of(job)

    async def upload(self, photo: str | Path, *, on_progress: Progress | None = None) -> UploadAnswer:
        """Uploads a photo. `on_progress` is called with the bytes sent so far, and with those in all."""
        return await self._send(UPLOAD, photo, on_progress)

    async def wait(
        self, job_id: str, *, on_message: Callable[[MessageAnswer], object] | None = None
    ) -> JobAnswer:
        """Follows the job until it has ended, and returns it."""
        async for message in self.events(job_id):
            if on_message:
                on_message(message)
        return await self.call(calls.get_job(job_id))

    async def picture_of(self, job: JobAnswer) -> Picture:
        """Downloads the result of a finished job. Raises JobFailed if it has none."""
        return Picture(job, await self.call(Call[bytes]("GET", result_of(job)["url"])))

    async def jobs(self, **filters: Any) -> AsyncIterator[JobAnswer]:
        """All jobs, newest first, page by page. `filters`: those of `GET /jobs`, such as `status` and `preset`."""
        asked: Call[JobListAnswer] | None = calls.list_jobs(**filters)
        while asked:
            page = await self.call(asked)
            for job in page["jobs"]:
                yield job
            asked = next_page(page)

    async def events(self, job_id: str, *, after: int | None = None) -> AsyncIterator[MessageAnswer]:
        """Messages about the job until it has ended. If the connection breaks, goes on after the last one."""
        lines, tried = EventLines("" if after is None else str(after)), 0
        while True:
            try:
                async for message in self._stream(job_id, lines):
                    tried = 0
                    if not is_heartbeat(message):
                        yield message
                return
            except (httpx2.TransportError, Unreachable) as error:
                tried += 1
                pause_s = pause_before_next(events_of(job_id), None, tried)
                if pause_s is None or tried == TRIES:
                    raise Unreachable(f"The events of job {job_id} did not arrive: {error}") from error
                await self.sleep(pause_s)

    async def call(self, call: Call[Answer]) -> Answer:
        """Sends an operation of `creator_client.calls`, again if that is safe and may help. Returns its answer."""
        return await self._send(call)

    async def _send(
        self, call: Call[Answer], photo: str | Path | None = None, on_progress: Progress | None = None
    ) -> Answer:
        request, tried = request_of(call, self.site.headers_for(call)), 0
        while True:
            tried += 1
            answer, failure = await self._try(request, photo, on_progress)
            pause_s = pause_before_next(call, answer, tried) if tried < TRIES else None
            if pause_s is not None:
                await self.sleep(pause_s)
            elif answer is None:
                raise Unreachable(f"{self.site.url} does not answer: {failure}") from failure
            else:
                return cast(Answer, answer_of(answer))

    async def _try(
        self, request: dict[str, Any], photo: str | Path | None, on_progress: Progress | None
    ) -> tuple[httpx2.Response | None, Exception | None]:
        try:
            if photo is None:
                return await self.http.request(**request), None
            with photo_form(photo, on_progress) as form:
                return await self.http.request(**request, files=form), None
        except httpx2.TransportError as failure:
            return None, failure

    async def _stream(self, job_id: str, lines: EventLines) -> AsyncIterator[MessageAnswer]:
        """The messages of one connection, with its heartbeats. Raises Unreachable if it ends before the job does."""
        lines.begin()
        async with self.http.stream(**self.site.events_request(job_id, lines.last_id)) as answer:
            if answer.status_code in PASSING:
                raise Unreachable(f"the server answered {answer.status_code}")
            if answer.is_error:
                await answer.aread()
                answer_of(answer)
            async for line in answer.aiter_lines():
                if message := lines.read(line):
                    yield cast(MessageAnswer, message)
                    if message.get("terminal"):
                        return
            if answer.status_code != 204:  # 204: it had ended before
                raise Unreachable("the stream ended early")
