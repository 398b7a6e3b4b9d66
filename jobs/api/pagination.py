"""Pages of a list, newest first. A cursor names the last row shown, so new rows do not shift later pages."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from rest_framework.request import Request

from creator.api.fields import whole_address
from creator.lib.errors import Refused

Row = TypeVar("Row", bound=models.Model)


def page_of(rows: QuerySet[Row], *, cursor: str, limit: int) -> tuple[list[Row], str]:
    """Up to `limit` rows after the cursor, and the cursor of the next page (empty on the last).

    `rows` is ordered by `-created_at, -id`. Raises Refused("invalid_parameters") for an invalid cursor.
    """
    if cursor:
        at, row_id = read_cursor(cursor)
        # The first condition lets the index find the position; the second decides among rows of the same time.
        rows = rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__lt=row_id))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    return shown, write_cursor(shown[-1]) if len(found) > limit else ""


def next_page(request: Request, cursor: str) -> str | None:
    """The address of the next page, with the same filters."""
    if not cursor:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return whole_address(request, f"{request.path}?{query.urlencode()}")


def write_cursor(row: Any) -> str:
    """Opaque to clients but not secret: it names a position among the caller's own rows."""
    return urlsafe_b64encode(f"{row.created_at.isoformat()} {row.pk.hex}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, _, row_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError("the time has no time zone")
        return at.astimezone(UTC), UUID(row_id)
    except (ValueError, OverflowError, binascii.Error) as error:
        advice = "Take the cursor from `next` of the previous page."
        raise Refused("invalid_parameters", "Some fields need another look.", {"cursor": advice}) from error
