"""Records exchanges with the API as data, with the same ids, times and secrets each time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx2

Exchange = dict[str, Any]
SHOWN = ("Location", "Idempotency-Replayed", "Preference-Applied", "Retry-After", "ETag")
"""Headers of answers that a recording has."""
SITE = "https://creator.example.org"
TIME = "2026-12-01T09:30:00Z"
STEADY: dict[str, Any] = {
    "secret": "creator_0EXAMPLE0EXAMPLE0EXAMPLE0EXAMPLE0EXAMPLE0",
    "prefix": "creator_0EXAMPLE",
    "access_token": "ACCESS-TOKEN",
    "refresh_token": "REFRESH-TOKEN",
    "request_id": "6f1e0c1f4c5b4d0f9f5a",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 204800,
    "eta": 4,
    "seconds": 2.4,
    "last_used_from": "203.0.113.7",
    "sequence": 3,
    "node": "node-1",
}
"""Field → what stands for a value that differs from run to run."""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"20(?!30)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
DAY = re.compile(r"^20\d\d-\d\d-\d\d$")
LINK = re.compile(r"/files/[^/]+/")
TAG = re.compile(r'(?<=W/\\")[0-9a-f]{32}')
STEADY_TAG = "6c1f0e5d3b7a4f2e8d9c0b1a2f3e4d5c"


class Recorder:
    """Sends requests and keeps what was said. Lists of rows are cut to their first row."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client
        self._ids: dict[str, str] = {}

    def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        body: Any = None,
        photo: Path | None = None,
        headers: dict[str, str] | None = None,
        title: str = "",
    ) -> Exchange:
        """One exchange: `operation`, `title`, `request` (method, path, headers, body), `answer` (status, headers, body)."""
        files = {"file": (photo.name, photo.read_bytes())} if photo else None
        said = self.client.request(method, path, json=body, files=files, headers=headers)
        request = {"method": method, "path": f"/api/v1/{path}", "headers": headers or {}, "body": body}
        if photo:
            request["file"] = "photo.jpg"
        kept = {name: said.headers[name] for name in SHOWN if name in said.headers}
        answer = {"status": said.status_code, "headers": kept, "body": said.json() if said.content else None}
        return {"operation": operation, "title": title, "request": request, "answer": answer}

    def steady(self, exchange: Exchange) -> Exchange:
        """The exchange as it is stored."""
        text = json.dumps(_steady(exchange), ensure_ascii=False)
        text = text.replace(str(self.client.base_url).rstrip("/").removesuffix("/api/v1"), SITE)
        text = text.replace(SITE.replace("https", "ws"), SITE.replace("https", "wss"))
        text = re.sub(r"ws://127\.0\.0\.1:\d+", SITE.replace("https", "wss"), text)
        text = LINK.sub("/files/SIGNED/", MOMENT.sub(TIME, text))
        text = TAG.sub(STEADY_TAG, text)
        kept: Exchange = json.loads(UUID.sub(self._id, text))
        return kept

    def _id(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found[0], f"3f2a{len(self._ids) + 1:04d}-0b5e-4c1d-9a7e-5d0c6b8f1e2a")


def _steady(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _steady(each, key) for key, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_steady(value[0])]
    if isinstance(value, str) and DAY.match(value):
        return TIME[:10]
    return STEADY[name] if name in STEADY and value is not None else value


def shape(value: Any) -> Any:
    """What must stay the same: names and kinds of values. None may be any."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def same_shape(one: Any, other: Any) -> bool:
    """Whether both are of the same shape, where None and an empty list stand for anything."""
    if one in ("NoneType", []) or other in ("NoneType", []):
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_shape(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return same_shape(one[0], other[0])
    return one == other or {one, other} == {"int", "float"}
