"""The base of every API view, and of every body and query that it reads."""

from __future__ import annotations

from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

NEVER_STORED = "private, no-store"
MOST_NAMED = 20
Answer = TypeVar("Answer", bound=HttpResponseBase)


class ApiView(APIView):
    """A view whose answers no cache keeps. Who may call it and what it reads is set once, in the settings."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        return never_stored(response)


def never_stored(response: Answer) -> Answer:
    """What belongs to one account stays out of every cache, and changes with the key that asked."""
    response["Cache-Control"] = NEVER_STORED
    return response


def address_of(request: HttpRequest | Request, path: str) -> str:
    """The path as a whole address on the host that was asked."""
    return request.build_absolute_uri(path)


class Fields(serializers.Serializer[Any]):
    """A body or query; what it does not know is refused by name, since a mistyped field would be silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError(dict.fromkeys(unknown[:MOST_NAMED], "There is no such field."))
        return super().to_internal_value(data)
