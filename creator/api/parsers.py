"""Parses request bodies: strict JSON of limited size, and forms with files as pages read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http.multipartparser import MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from creator.lib.errors import Refused

NOT_JSON = "The body is not valid JSON."
MOST_LEVELS = 64
"""How deep lists and objects may lie in each other. Code that goes through a body may then call itself for each level."""


class StrictJSONParser(BaseParser):
    """UTF-8 JSON as in RFC 8259. Refuses NaN, duplicate names and text that a database cannot store."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise Refused("body_too_large", f"The body is larger than the {most // 1024} KiB allowed here.")
        return read_json(body)


class PhotoFormParser(BaseParser):
    """A form with files, read by the request itself: `creator.http.form_names` keeps the files' names."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        request = (parser_context or {})["request"]
        try:
            return DataAndFiles(*request.parse_file_upload(request.META, stream))
        except MultiPartParserError as error:
            raise ParseError(f"The form cannot be read. {error}") from error


def read_json(body: bytes) -> Any:
    """Returns the value in `body`, of MOST_LEVELS at most. Raises ParseError that says where parsing stopped."""
    try:
        value = json.loads(body.decode(), parse_constant=_refuse_constant, object_pairs_hook=_unique)
        # A lone surrogate has no UTF-8 encoding, so it would fail later, in the database or in an answer.
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ParseError(f"{NOT_JSON} Line {error.lineno}, column {error.colno}.") from error
    except (ValueError, RecursionError) as error:
        raise ParseError(NOT_JSON) from error
    if _is_deeper(value, MOST_LEVELS):
        raise ParseError(
            f"The body has lists and objects in each other, more than {MOST_LEVELS} levels deep."
        )
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    """Goes down level by level, so that it needs no more stack for a deep value than for a flat one."""
    found = [value]
    for _ in range(levels + 1):
        inner = [
            each.values() if isinstance(each, dict) else each
            for each in found
            if isinstance(each, dict | list)
        ]
        found = [each for values in inner for each in values]
        if not found:
            return False
    return True


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuses a duplicate name: either of its two values might be the wrong one."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name comes twice")
    return value
