"""`GET …/events`: what became of a job, of the jobs of a batch, or of all jobs of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts.models import User
from creator.api.description import described
from creator.api.fields import AnswerFields, read_query, whole_address
from creator.lib.errors import Refused
from jobs.access import get_bare_job, get_batch
from jobs.api.schemas.events import (
    BatchEventsAnswer,
    BatchEventsQuery,
    EventsAnswer,
    EventsQuery,
    FeedAnswer,
    FeedQuery,
)
from jobs.api.streams import Found, answer_events, description_of_events, wants_stream
from jobs.feed import newest_id
from jobs.streaming.feed_events import FeedEvents
from jobs.streaming.job_events import JobEvents
from jobs.streaming.sse import after_number, events_response

# Keys come in headers, which a cross-site form cannot send: so no view here needs a CSRF token.


@described(description_of_events(EventsQuery, EventsAnswer))
@csrf_exempt
async def job_events(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Every event after `after` (or `Last-Event-ID`), then a snapshot. A stream continues until the job is final."""
    return await answer_events(request, partial(_job, job_id))


@described(description_of_events(BatchEventsQuery, BatchEventsAnswer))
@csrf_exempt
async def batch_events(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Every change of a status of the batch's jobs after `after` (or `Last-Event-ID`).

    A stream continues until all jobs of the batch are final.
    """
    return await answer_events(request, partial(_batch, batch_id))


@described(description_of_events(FeedQuery, FeedAnswer))
@csrf_exempt
async def feed_events(request: HttpRequest) -> HttpResponseBase:
    """Every change of a status of the caller's jobs, in order, after `after` (or `Last-Event-ID`).

    Without `after`, a page begins with the first event, and a stream with the next one.
    """
    return await answer_events(request, _feed)


def _job(job_id: UUID, request: HttpRequest, user: User) -> Found:
    get_bare_job(user, job_id)
    read_query(EventsQuery, request.GET)
    watched = JobEvents(job_id, after_number(request.GET, request.headers))
    return Found(partial(events_response, watched), lambda: EventsAnswer(watched.poll()).data)


def _batch(batch_id: UUID, request: HttpRequest, user: User) -> Found:
    batch = get_batch(user, batch_id)
    asked = read_query(BatchEventsQuery, request.GET)
    watched = FeedEvents(user.pk, _after(request, user) or 0, batch=batch)
    return Found(
        partial(events_response, watched), partial(_page, request, watched, asked["limit"], BatchEventsAnswer)
    )


def _feed(request: HttpRequest, user: User) -> Found:
    asked = read_query(FeedQuery, request.GET)
    after = _after(request, user)
    if after is None:
        after = newest_id(user.pk) if wants_stream(request) else 0
    watched = FeedEvents(user.pk, after, frozenset(asked["type"]))
    return Found(
        partial(events_response, watched), partial(_page, request, watched, asked["limit"], FeedAnswer)
    )


def _after(request: HttpRequest, user: User) -> int | None:
    """Raises Refused for an id that the person has no event of yet: who waited there would miss what comes."""
    after = after_number(request.GET, request.headers)
    if after and after > newest_id(user.pk):
        advice = (
            "You have no event with this id yet. Each person has ids of their own, and they go back when the "
            "server is restored from a backup. Begin again with after=0."
        )
        raise Refused("invalid_parameters", "Some fields need another look.", {"after": advice})
    return after


def _page(
    request: HttpRequest, watched: FeedEvents, limit: int, answer: type[AnswerFields]
) -> Mapping[str, Any]:
    page = watched.read(limit)
    query = request.GET.copy()
    query["after"] = str(page.after)
    following = whole_address(request, f"{request.path}?{query.urlencode()}") if page.has_more else None
    body = {"events": page.events, "after": page.after, "newest": page.newest, "terminal": page.terminal}
    return answer({**body, "next": following}).data
