"""Reads many rows with little memory and without a cursor that stays open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
PAGE = 500


def in_pages(rows: QuerySet[Row], page: int = PAGE) -> Iterator[Row]:
    """All rows by their primary key, one query per `page`. Rows that are added meanwhile may be left out."""
    rows = rows.order_by("pk")
    found = list(rows[:page])
    while found:
        yield from found
        found = list(rows.filter(pk__gt=found[-1].pk)[:page]) if len(found) == page else []
