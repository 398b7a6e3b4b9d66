"""`GET /jobs/{id}/events`: a stream for who asks for one, else what is new since a number. Both from the one log.

Outside of REST framework, which is not asynchronous: a stream that waits must not hold a thread.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, MethodNotAllowed

from accounts.api_auth import authenticate_request
from accounts.api_keys import still_works
from accounts.models import ApiKey
from creator.api.errors import answer_plainly
from creator.api.views import never_stored
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused
from jobs.access import get_bare_job
from jobs.api.bodies import EventsQuery, read_fields
from jobs.streaming.rows import in_database
from jobs.streaming.sse import after_number, events_response, poll_events

STREAM = "text/event-stream"
ANSWERED: tuple[type[Exception], ...] = (Refused, APIException, *DATABASE_AWAY)


@csrf_exempt  # keys come with headers, which no foreign form can send
async def job_events(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Every state event after `after` (or `Last-Event-ID`), then the present; a stream goes on until the job is final."""
    try:
        response = await _answer(request, job_id)
    except ANSWERED as error:
        response = answer_plainly(request, error)
        if isinstance(error, MethodNotAllowed):
            response["Allow"] = "GET"
    return never_stored(response)


async def _answer(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    key, after = await in_database(_check)(request, job_id)

    async def still_allowed() -> bool:
        return bool(await in_database(still_works)(key))

    if STREAM in request.headers.get("Accept", ""):
        return await events_response(job_id, after, still_allowed=still_allowed)
    return JsonResponse(await in_database(poll_events)(job_id, after))


def _check(request: HttpRequest, job_id: UUID) -> tuple[ApiKey, int | None]:
    """Method, key, job and query, in this order: a stranger learns nothing from what is wrong with the rest."""
    if request.method != "GET":
        raise MethodNotAllowed(request.method or "")
    key = authenticate_request(request)
    get_bare_job(key.owner, job_id)
    read_fields(EventsQuery, request.GET.dict())
    return key, after_number(request.GET, request.headers)
