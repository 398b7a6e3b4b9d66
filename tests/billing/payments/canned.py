"""A Stripe that says what a test has put into it, and notes what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import stripe

Object = dict[str, Any]


class CannedStripe(stripe.HTTPClient):
    """Each list holds objects of one kind, or of one path, newest first. `on_ask` is called with each path before it is answered."""

    name = "canned"

    def __init__(self, customer: Object) -> None:
        super().__init__()
        self.customer = customer
        self.lists: dict[str, list[Object]] = {}
        self.on_ask: Callable[[str], None] = lambda path: None
        self.asked: list[str] = []

    def says(self, **lists: list[Object]) -> None:
        """Such as `says(subscriptions=[…])`. Lists that are not named stay."""
        self.lists |= lists

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        address = urlsplit(url)
        path = address.path.removeprefix("/v1/")
        self.asked.append(path)
        self.on_ask(path)
        status, body = self._answer(
            path, {name: values[0] for name, values in parse_qs(address.query).items()}
        )
        return json.dumps(body), status, {}

    def _answer(self, path: str, params: Mapping[str, str]) -> tuple[int, Object]:
        if path == f"customers/{self.customer['id']}":
            return 200, self.customer
        kind, _, name = path.removeprefix("checkout/").partition("/")
        rows = self.lists.get(path) or self.lists.get(kind, [])
        if path in self.lists or not name:
            rows = [row for row in rows if params.get("charge") in (None, row.get("charge"))]
            return 200, _page(rows, path, params)
        for row in rows:
            if row["id"] == name:
                return 200, row
        return 404, {
            "error": {"type": "invalid_request_error", "code": "resource_missing", "message": "none"}
        }

    def close(self) -> None:
        """Nothing is open."""


def _page(rows: list[Object], path: str, params: Mapping[str, str]) -> Object:
    ids = [row["id"] for row in rows]
    start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
    end = start + int(params.get("limit", 10))
    return {"object": "list", "url": f"/v1/{path}", "data": rows[start:end], "has_more": end < len(rows)}
