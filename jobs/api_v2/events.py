"""`GET /jobs/{id}/events` by the contract: the present state, then what changes, up to the final status.

Its events have no numbers and cannot be asked for again. It does not use REST framework, which is not asynchronous.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from accounts.api.authentication import authenticate_request
from accounts.enums import Scope
from accounts.principals import Principal
from billing.plans import count_request
from creator.api.description import Description, File, described
from creator.api.errors import answer_plainly
from creator.api.fields import NoFields, read_query
from creator.api.methods import methods_answer, without_body
from creator.api.views import with_limit
from creator.lib import rate_limits
from jobs.access import get_bare_job
from jobs.api.events import ANSWERED, METHODS, STREAM
from jobs.api_v2.translation import Translator
from jobs.streaming.authentication import asker_of
from jobs.streaming.database import in_database, take_turns_as
from jobs.streaming.limits import WATCHERS
from jobs.streaming.sse import counted_stream, slow_reader_cut_off, watched_messages


@described(Description(scopes={"GET": Scope.JOBS_READ}, answers={"GET": {200: File(STREAM)}}))
@csrf_exempt  # keys come in headers, which a cross-site form cannot send
async def job_events(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The events `status`, `progress`, `preview` and `output` of a job; the stream ends after its final status."""
    rate_limits.tightest.set(None)
    if request.method == "OPTIONS":
        return methods_answer(METHODS)
    try:
        return with_limit(await _answer(request, job_id))
    except ANSWERED as error:
        return with_limit(answer_plainly(request, error, allowed=METHODS))


async def _answer(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    asker = asker_of(request.META.get("REMOTE_ADDR", ""), request.headers)
    take_turns_as(asker)
    with WATCHERS.one_of(asker):
        principal = await in_database(_check)(request, job_id)
        take_turns_as(principal.user.pk)
        answer = counted_stream(_encoded(request, job_id, principal), principal=principal)
        return without_body(answer) if request.method == "HEAD" else answer


def _check(request: HttpRequest, job_id: UUID) -> Principal:
    """Checks method, caller, job and query in this order, as `jobs.api.events` does."""
    if request.method not in METHODS:
        raise MethodNotAllowed(request.method or "")
    principal = authenticate_request(request)
    count_request(principal.user.pk)
    principal.require(Scope.JOBS_READ)
    get_bare_job(principal.user, job_id)
    read_query(NoFields, request.GET)
    return principal


async def _encoded(request: HttpRequest, job_id: UUID, principal: Principal) -> AsyncGenerator[bytes, None]:
    translator = Translator(request, principal.user)
    async with aclosing(watched_messages(job_id, None, principal=principal)) as messages:
        async for message in messages:
            for event in await in_database(translator.events)(message):
                with slow_reader_cut_off():
                    yield event
