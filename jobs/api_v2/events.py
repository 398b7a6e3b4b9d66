"""`GET /jobs/{id}/events` by the contract: the present state, then what changes, up to the final status.

Its events have no numbers and cannot be asked for again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts.enums import Scope
from accounts.models import User
from accounts.principals import Principal
from creator.api.description import Description, File, described
from creator.api.fields import NoFields, read_query
from jobs.access import get_bare_job
from jobs.api.streams import STREAM, Found, answer_events
from jobs.api_v2.translation import Translator
from jobs.streaming.database import in_database
from jobs.streaming.job_events import JobEvents
from jobs.streaming.sse import counted_stream, slow_reader_cut_off, watched_messages


@described(Description(scopes={"GET": Scope.JOBS_READ}, answers={"GET": {200: File(STREAM)}}))
@csrf_exempt  # keys come in headers, which a cross-site form cannot send
async def job_events(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The events `status`, `progress`, `preview` and `output` of a job; the stream ends after its final status."""
    return await answer_events(request, partial(_find, job_id), has_pages=False)


def _find(job_id: UUID, request: HttpRequest, user: User) -> Found:
    get_bare_job(user, job_id)
    read_query(NoFields, request.GET)
    return Found(partial(_stream, request, job_id))


async def _stream(request: HttpRequest, job_id: UUID, *, principal: Principal) -> HttpResponseBase:
    return counted_stream(_encoded(request, job_id, principal), principal=principal)


async def _encoded(request: HttpRequest, job_id: UUID, principal: Principal) -> AsyncGenerator[bytes, None]:
    translator = Translator(request, principal.user)
    async with aclosing(watched_messages(JobEvents(job_id), principal=principal)) as messages:
        async for message in messages:
            for event in await in_database(translator.events)(message):
                with slow_reader_cut_off():
                    yield event
