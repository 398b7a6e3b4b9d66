"""The views of events: a stream if the client asks for one, else a page of JSON.

They do not use REST framework, which is not asynchronous: a waiting stream must not occupy a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import APIException, MethodNotAllowed

from accounts.api.authentication import authenticate_request
from accounts.enums import Scope
from accounts.models import User
from accounts.principals import Principal
from billing.plans import count_request
from creator.api.description import Description, File
from creator.api.errors import answer_plainly
from creator.api.fields import AnswerFields, Fields
from creator.api.methods import methods_answer, without_body
from creator.api.views import with_limit
from creator.lib import rate_limits
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused
from jobs.streaming.authentication import asker_of
from jobs.streaming.database import in_database, take_turns_as
from jobs.streaming.limits import WATCHERS

STREAM = "text/event-stream"
METHODS = ("GET", "HEAD", "OPTIONS")
ANSWERED: tuple[type[Exception], ...] = (Refused, APIException, *DATABASE_AWAY)


class Stream(Protocol):
    async def __call__(self, *, principal: Principal) -> HttpResponseBase: ...


@dataclass(frozen=True)
class Found:
    """What a caller may see: by `stream`, which makes the answer, or by `page`, which reads the body of a JSON answer.

    `page` None: only as a stream.
    """

    stream: Stream
    page: Callable[[], Mapping[str, Any]] | None = None


Find = Callable[[HttpRequest, User], Found]
"""Finds what is asked for among the person's own rows. Raises Refused or ValidationError."""


def description_of_events(query_fields: type[Fields], answer: type[AnswerFields]) -> Description:
    """How the OpenAPI document shows a view of events."""
    return Description(
        scopes={"GET": Scope.JOBS_READ},
        answers={"GET": {200: (answer, File(STREAM)), 204: None}},
        query_fields=query_fields,
        takes_headers={"GET": ("Last-Event-ID",)},
    )


def wants_stream(request: HttpRequest) -> bool:
    return STREAM in request.headers.get("Accept", "")


async def answer_events(request: HttpRequest, find: Find, *, has_pages: bool = True) -> HttpResponseBase:
    """Answers any request to a view of events, refusals included. Without pages, the answer is always a stream."""
    rate_limits.tightest.set(None)
    if request.method == "OPTIONS":
        return methods_answer(METHODS)
    try:
        return with_limit(await _answer(request, find, has_pages))
    except ANSWERED as error:
        return with_limit(answer_plainly(request, error, allowed=METHODS))


async def _answer(request: HttpRequest, find: Find, has_pages: bool) -> HttpResponseBase:
    asker = asker_of(request.META.get("REMOTE_ADDR", ""), request.headers)
    take_turns_as(asker)
    if has_pages and not wants_stream(request):
        return JsonResponse(await in_database(_read_page)(request, find))
    with WATCHERS.one_of(asker):
        principal, found = await in_database(_check)(request, find)
        take_turns_as(principal.user.pk)
        answer = await found.stream(principal=principal)
        return without_body(answer) if request.method == "HEAD" else answer


def _read_page(request: HttpRequest, find: Find) -> Mapping[str, Any]:
    found = _check(request, find)[1]
    assert found.page  # the view has pages
    return found.page()


def _check(request: HttpRequest, find: Find) -> tuple[Principal, Found]:
    """Check method, caller, row and query in this order: without access, a caller learns nothing about the rest."""
    if request.method not in METHODS:
        raise MethodNotAllowed(request.method or "")
    principal = authenticate_request(request)
    count_request(principal.user.pk)
    principal.require(Scope.JOBS_READ)
    return principal, find(request, principal.user)
