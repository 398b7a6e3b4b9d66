"""What a view says about its answers. The OpenAPI document is made from it (`creator.api.document`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from django.utils.http import http_date

from creator.api.fields import AnswerFields, Fields, NoFields

DOCS = "/api/docs/"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class File:
    """An answer that is not JSON: bytes of this media type."""

    media_type: str


Body = type[AnswerFields] | File
Answers = Mapping[str, Mapping[int, Body | tuple[Body, ...] | None]]
"""Method → status → the type of the answer's body; several where it is one of them; None: it has none.

Refusals are left out: they all have one form (`creator.api.fields.RefusalAnswer`).
"""
Refusals = Mapping[str, tuple[str, ...]]
"""Method → the codes that this view refuses with, beyond those that any view may (`creator.lib.errors.STATUS`)."""


@dataclass(frozen=True)
class Retirement:
    """A deprecated view: from which day it is, and on which it may be gone."""

    since: date
    until: date

    @property
    def headers(self) -> dict[str, str]:
        """`Deprecation` (RFC 9745), `Sunset` (RFC 8594), and a `Link` to what replaces it."""
        since, until = (datetime.combine(day, time(), UTC).timestamp() for day in (self.since, self.until))
        policy = f'<{DOCS}#changes-title>; rel="deprecation"'
        return {"Deprecation": f"@{since:.0f}", "Sunset": http_date(until), "Link": policy}


@dataclass(frozen=True)
class Description:
    """What `ApiView` declares, for a view that is a function."""

    scopes: Mapping[str, str]
    answers: Answers
    query_fields: type[Fields] = NoFields
    refusals: Refusals = field(default_factory=dict)
    takes_headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def described(description: Description) -> Callable[[View], View]:
    """Decorates a view that REST framework does not serve, such as an asynchronous one."""

    def with_description(view: View) -> View:
        view.description = description  # type: ignore[attr-defined]
        return view

    return with_description
