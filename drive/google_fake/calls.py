"""A call and its answer, as they pass the server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from drive.google_fake.errors import GoogleError, invalid


@dataclass(frozen=True)
class Call:
    """A request over HTTP. The names of `headers` are in small letters. `base`: the server's own address."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    base: str = ""

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form, or of the query where there is no form."""
        return dict(parse_qsl(self.body.decode())) if self.body else dict(self.query)

    @property
    def has_drives(self) -> bool:
        """Whether the caller knows that there are shared drives."""
        return self.flag("supportsAllDrives")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A parameter that is true or false. Raises `GoogleError` 400."""
        text = self.query.get(name, "true" if default else "false")
        if text not in ("true", "false"):
            raise invalid("Invalid Value")
        return text == "true"

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """A parameter that is a number, from 1 to `most`. Raises `GoogleError` 400."""
        text = self.query.get(name, str(default))
        if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
            raise invalid("Invalid Value")
        return int(text)

    def row(self) -> dict[str, Any]:
        """The body as an object; empty where there is none. Raises `GoogleError` 400."""
        return read_row(self.body)


@dataclass
class Reply:
    """An answer. `body`: an object as JSON, bytes as they are; None: no body."""

    status: int = 200
    body: dict[str, Any] | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def read_row(body: bytes) -> dict[str, Any]:
    """A JSON object; empty for an empty text. Raises `GoogleError` 400."""
    try:
        row = json.loads(body or b"{}")
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise GoogleError(400, "parseError", "Parse Error")
    return row


def cut(content: bytes, asked: str, content_type: str) -> Reply:
    """Bytes, or the range of them that the header `Range` asks for. Raises `GoogleError` 416."""
    headers = {"Content-Type": content_type}
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    if match is None:
        return Reply(200, content, headers)
    first, last = int(match[1]), min(int(match[2] or len(content)), len(content) - 1)
    if first > last:
        raise GoogleError(416, "requestedRangeNotSatisfiable", "Request range not satisfiable")
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Reply(206, content[first : last + 1], headers)
