"""Lists of objects, newest first, in pages: https://docs.stripe.com/api/pagination."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from billing.stripe_fake.errors import bad_request, missing

MOST = 100
INSIDE = 10
"""Rows of a list that an answer has inside an object. The list's own call has the others."""


def whole_list(rows: Iterable[dict[str, Any]], url: str) -> dict[str, Any]:
    """A list inside of an object."""
    return {"object": "list", "data": list(rows), "has_more": False, "url": url}


def first_rows(rows: list[dict[str, Any]], url: str) -> dict[str, Any]:
    """As much of a list as an answer has inside an object."""
    return {"object": "list", "data": rows[:INSIDE], "has_more": len(rows) > INSIDE, "url": url}


def page(rows: Iterable[dict[str, Any]], given: dict[str, Any], url: str) -> dict[str, Any]:
    """One page of rows that come oldest first, filtered by `created`. Raises StripeError."""
    limit = given.get("limit", 10)
    if not 1 <= limit <= MOST:
        raise bad_request("Invalid integer: limit must be from 1 to 100", param="limit")
    chosen = [row for row in rows if _is_created(row, given.get("created", {}))]
    chosen.reverse()
    if "starting_after" in given:
        chosen = chosen[_place_of(chosen, given["starting_after"], "starting_after") + 1 :]
    elif "ending_before" in given:
        before = chosen[: _place_of(chosen, given["ending_before"], "ending_before")]
        return {"object": "list", "data": before[-limit:], "has_more": len(before) > limit, "url": url}
    return {"object": "list", "data": chosen[:limit], "has_more": len(chosen) > limit, "url": url}


def _is_created(row: dict[str, Any], bounds: dict[str, int]) -> bool:
    at: int = row["created"]
    return bounds.get("gt", at - 1) < at < bounds.get("lt", at + 1) and bounds.get(
        "gte", at
    ) <= at <= bounds.get("lte", at)


def _place_of(rows: list[dict[str, Any]], id: str, param: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == id:
            return place
    raise missing("object", id, param=param)
