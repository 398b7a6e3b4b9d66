"""The comparison with Google's discovery document finds what it should find."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from drive.google_fake import Server, World
from drive.google_fake.calls import Call, Reply
from drive.google_fake.router import Router
from tests.drive.google_fake.conftest import ANN, Caller
from tests.drive.google_fake.discovery import Discovery, faults, methods


def _faults(
    method: str,
    path: str,
    *,
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
    reply: Reply | None = None,
) -> list[str]:
    sent = b"" if body is None else json.dumps(body).encode()
    return faults(Call(method, path, query or {}, {}, sent), reply or Reply(200, {}))


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ({"path": "/drive/v3/fils"}, "no such method"),
        ({"query": {"pagesize": "1"}}, "unknown parameter pagesize"),
        ({"query": {"pageSize": "many"}}, "pageSize is no integer"),
        ({"query": {"pageSize": "1001"}}, "pageSize is out of bounds"),
        ({"query": {"alt": "xml"}}, "alt is none of"),
        ({"query": {"fields": "files(id,title)"}}, "no field files/title"),
        ({"query": {"fields": "files(id"}}, "Invalid field selection"),
        ({"body": {"name": "a"}}, "a body where there is none"),
        ({"reply": Reply(200, {"items": []})}, "'items' was unexpected"),
        ({"reply": Reply(200, {"files": [{"size": 3}]})}, "files/0/size: 3 is not of type 'string'"),
        ({"reply": Reply(200, {"files": [{"size": "3 B"}]})}, "files/0/size"),
        ({"reply": Reply(200, {"files": [{"createdTime": "today"}]})}, "files/0/createdTime"),
        ({"reply": Reply(200, b"pixels")}, "bytes that nobody asked for"),
        ({"reply": Reply(200, None)}, "no answer"),
        ({"reply": Reply(503, {"error": "away"})}, "an error out of shape"),
    ],
)
def test_what_is_wrong_with_a_list_is_found(call: dict[str, Any], found: str) -> None:
    assert _faults("GET", "/drive/v3/files") == []
    [fault] = _faults("GET", **{"path": "/drive/v3/files", **call})
    assert found in fault


def test_a_wrong_body_is_found() -> None:
    path = "/drive/v3/files"
    assert _faults("POST", path, body={"name": "a", "appProperties": {"any": "text"}}) == []
    [unknown] = _faults("POST", path, body={"title": "a"})
    assert "'title' was unexpected" in unknown
    [wrong] = _faults("POST", path, body={"appProperties": {"any": 1}})
    assert "1 is not of type 'string'" in wrong


def test_calls_of_others_are_not_compared() -> None:
    assert _faults("POST", "/token", query={"any": "thing"}) == []


def test_the_fake_takes_no_call_and_no_parameter_that_drive_does_not_have() -> None:
    world = World()
    for route in Router(world, Server(world).oauth).routes:
        if route.name.startswith("uploads."):
            continue
        known = {*methods()[route.name].get("parameters", {}), "uploadType", "upload_id"}
        assert route.parameters <= known, route.name


def test_every_answer_is_compared_on_its_way(server: Server, ann: Caller, world: World) -> None:
    watcher = Discovery()
    server.watchers = [watcher]
    world.put(ANN, "a", content=b"x")
    ann.get("files", fields="*")
    assert watcher.faults == []
    world.put(ANN, "b").extra["colour"] = "red"
    ann.get("files", fields="*")
    assert len(watcher.faults) == 1
    assert "'colour' was unexpected" in watcher.faults[0]
    assert httpx.get(f"{server.url}/drive/v3/files").status_code == 401
