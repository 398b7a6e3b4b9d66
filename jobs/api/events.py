"""`GET /jobs/{id}/events`: a stream if the client asks for one, else the events since a number.

It does not use REST framework, which is not asynchronous: a waiting stream must not occupy a thread.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, MethodNotAllowed

from accounts.api.authentication import authenticate_request
from accounts.enums import Scope
from accounts.principals import Principal
from billing.plans import count_request
from creator.api.description import Description, File, described
from creator.api.errors import answer_plainly
from creator.api.fields import read_query
from creator.api.methods import methods_answer, without_body
from creator.api.views import with_limit
from creator.lib import rate_limits
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused
from jobs.access import get_bare_job
from jobs.api.schemas.events import EventsAnswer, EventsQuery
from jobs.streaming.authentication import asker_of
from jobs.streaming.database import in_database, take_turns_as
from jobs.streaming.limits import WATCHERS
from jobs.streaming.sse import after_number, events_response, poll_events

STREAM = "text/event-stream"
EVENTS = Description(
    scopes={"GET": Scope.JOBS_READ},
    answers={"GET": {200: (EventsAnswer, File(STREAM))}},
    query_fields=EventsQuery,
)
METHODS = ("GET", "HEAD", "OPTIONS")
ANSWERED: tuple[type[Exception], ...] = (Refused, APIException, *DATABASE_AWAY)


@described(EVENTS)
@csrf_exempt  # keys come in headers, which a cross-site form cannot send
async def job_events(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Every event after `after` (or `Last-Event-ID`), then a snapshot. A stream continues until the job is final."""
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
    if STREAM not in request.headers.get("Accept", ""):
        _, after = await in_database(_check)(request, job_id)
        return JsonResponse(EventsAnswer(await in_database(poll_events)(job_id, after)).data)
    with WATCHERS.one_of(asker):
        principal, after = await in_database(_check)(request, job_id)
        take_turns_as(principal.user.pk)
        answer = await events_response(job_id, after, principal=principal)
        return without_body(answer) if request.method == "HEAD" else answer


def _check(request: HttpRequest, job_id: UUID) -> tuple[Principal, int | None]:
    """Check method, caller, job and query in this order: without access, a caller learns nothing about the rest."""
    if request.method not in METHODS:
        raise MethodNotAllowed(request.method or "")
    principal = authenticate_request(request)
    count_request(principal.user.pk)
    principal.require(Scope.JOBS_READ)
    get_bare_job(principal.user, job_id)
    read_query(EventsQuery, request.GET)
    return principal, after_number(request.GET, request.headers)
