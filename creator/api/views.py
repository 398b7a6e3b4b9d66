"""The base of every API view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from creator.api.description import Answers, Refusals, Retirement
from creator.api.fields import Fields, NoFields, read_fields, read_query
from creator.api.methods import NO_CONTENT
from creator.lib import rate_limits

Answer = TypeVar("Answer", bound=HttpResponseBase)


class ApiView(APIView):
    """REST_FRAMEWORK in the settings defines authentication and parsers.

    A method finds what was asked for in `self.query` (GET) or `self.body` (POST, PATCH); anything else in the request
    has been refused by name.
    """

    http_method_names = ["get", "head", "post", "put", "patch", "delete", "options"]
    scopes: Mapping[str, str] = {}
    """Method → the scope that a caller needs. A method without one is refused (`accounts.api.permissions`)."""
    query_fields: type[Fields] = NoFields
    body_fields: type[Fields] | None = NoFields
    """None: the view reads the body itself."""
    bodies: Mapping[str, type[Fields] | None] = {}
    """For such a view: media type → fields; None: bytes."""
    answers: Answers = {}
    refusals: Refusals = {}
    repeatable: tuple[str, ...] = ()
    """Methods that take an `Idempotency-Key`."""
    takes_headers: Mapping[str, tuple[str, ...]] = {}
    """Method → further headers that it reads (`creator.api.document.parts.PARAMETERS`)."""
    operation_ids: Mapping[str, str] = {}
    """Method → its name for clients, where the address makes a bad one (`creator.api.document.operation_ids`)."""
    retirement: Retirement | None = None
    """Set on a view that is deprecated."""
    query: dict[str, Any]
    body: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Checks the key, then query and body. Raises ValidationError."""
        rate_limits.tightest.set(None)
        if request.method == "OPTIONS":
            return  # the answer has no data of a person, and browsers send no key with it (Fetch standard, 4.8)
        super().initial(request, *args, **kwargs)
        if not hasattr(self, (request.method or "").lower()):
            return  # DRF answers 405 next; a mistake in the query or body must not turn that into 400
        sends = request.method in ("POST", "PATCH")
        self.query = read_query(NoFields if sends else self.query_fields, request.query_params)
        if sends and self.body_fields:
            self.body = read_fields(self.body_fields, request.data)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """REST framework adds `Allow` to every answer."""
        return Response(status=NO_CONTENT)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = with_limit(super().finalize_response(request, response, *args, **kwargs))
        for name, value in self.retirement.headers.items() if self.retirement else ():
            answer[name] = value
        return answer


def with_limit(answer: Answer) -> Answer:
    """Adds what the request has left of its tightest limit, as headers."""
    if met := rate_limits.tightest.get():
        for name, value in met.headers.items():
            answer[name] = value
    return answer
