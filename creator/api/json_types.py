"""Checks that the values of a JSON body have the types of their fields.

REST framework would take `"5"` and `5.5` for numbers, `"yes"` for true and 7 for a text; the OpenAPI document says
what we take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers

Check = Callable[[Any], bool]


def wrong_types(fields: serializers.Serializer[Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Field → what its value must be, for each given value of another type. None is left to the fields."""
    found = {
        name: _wrong(fields.fields[name], value) for name, value in given.items() if name in fields.fields
    }
    return {name: said for name, said in found.items() if said}


def _wrong(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str:
    if value is None:
        return ""
    if isinstance(field, serializers.ListField):
        if not isinstance(value, list):
            return "Must be a list."
        child = field.child
        return next(
            (f"Each {said[0].lower()}{said[1:]}" for each in value if (said := _wrong(child, each))), ""
        )
    for kinds, is_right, said in _TYPES:
        if isinstance(field, kinds):
            return "" if is_right(value) else said
    return ""


def _is_whole(value: Any) -> bool:
    """JSON does not tell 1.0 from 1 (RFC 8259, section 6)."""
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_TYPES: tuple[tuple[tuple[type, ...], Check, str], ...] = (
    ((serializers.BooleanField,), lambda value: isinstance(value, bool), "Must be true or false."),
    ((serializers.IntegerField,), _is_whole, "Must be a whole number."),
    (
        (
            serializers.CharField,
            serializers.ChoiceField,
            serializers.UUIDField,
            serializers.DateTimeField,
            serializers.DateField,
        ),
        _is_text,
        "Must be a text.",
    ),
)
