"""The base of every API view."""

from __future__ import annotations

from typing import Any, TypeVar

from django.http.response import HttpResponseBase
from rest_framework.views import APIView

NEVER_STORED = "private, no-store"
Answer = TypeVar("Answer", bound=HttpResponseBase)


class ApiView(APIView):
    """A view whose answers no cache stores.

    REST_FRAMEWORK in the settings defines authentication and parsers.
    """

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        return never_stored(super().finalize_response(request, response, *args, **kwargs))


def never_stored(response: Answer) -> Answer:
    """Forbids all caches to store the answer: it depends on the API key that sent the request."""
    response["Cache-Control"] = NEVER_STORED
    return response
