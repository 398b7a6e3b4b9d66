"""Base classes for the API's request and answer bodies."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from creator.api.json_types import wrong_types
from creator.lib.errors import STATUS

MOST_NAMED = 20


class Fields(serializers.Serializer[Any]):
    """A request body or query.

    Refuses unknown fields by name, so that a mistyped one is not silently ignored.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError(dict.fromkeys(unknown[:MOST_NAMED], "There is no such field."))
        if isinstance(data, dict) and not self.context.get("texts") and (wrong := wrong_types(self, data)):
            raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


class NoFields(Fields):
    """A request that takes nothing."""


class SeveralField(serializers.ListField):
    """Values of a query, sent as `?name=a,b` or as `?name=a&name=b`."""

    def to_internal_value(self, data: Any) -> list[Any]:
        values: list[Any] = super().to_internal_value(data.split(",") if isinstance(data, str) else data)
        return list(dict.fromkeys(values))


class MomentField(serializers.DateTimeField):
    """A time in ISO 8601; without a time zone it is in UTC."""

    default_error_messages = {
        "invalid": "Write a time such as 2026-11-01T09:30:00Z. In an address, write + as %2B."
    }


class AnswerFields(serializers.Serializer[Any]):
    """An answer: declares each field's type. It is only written, never parsed."""


class ErrorDetails(AnswerFields):
    """Why a request was refused. `details` maps a field's name to what is wrong with it."""

    code = serializers.ChoiceField(choices=sorted(STATUS))
    message = serializers.CharField()
    details = serializers.DictField()
    request_id = serializers.CharField(allow_blank=True)


class RefusalAnswer(AnswerFields):
    """The one shape of every error answer (`creator.http.refusals.envelope`)."""

    error = ErrorDetails()


def read_fields(kind: type[Fields], given: object, *, texts: bool = False) -> dict[str, Any]:
    """Returns the validated values. `texts`: all values are texts, as in a query.

    Raises ValidationError, which the API answers with 422 and a message for each field.
    """
    fields = kind(data=given, context={"texts": texts})
    fields.is_valid(raise_exception=True)
    values: dict[str, Any] = fields.validated_data
    return values


def read_query(kind: type[Fields], query: QueryDict) -> dict[str, Any]:
    """As `read_fields`, for a URL's query. Refuses a field that comes twice, unless it takes several values."""
    several = {name for name, field in kind().fields.items() if isinstance(field, SeveralField)}
    if twice := [name for name, values in query.lists() if len(values) > 1 and name not in several]:
        raise serializers.ValidationError(dict.fromkeys(twice[:MOST_NAMED], "Send this field once."))
    return read_fields(kind, {name: ",".join(values) for name, values in query.lists()}, texts=True)


def whole_address(request: HttpRequest | Request, path: str) -> str:
    """The absolute URL of `path` on the host that the request was sent to."""
    return request.build_absolute_uri(path)
