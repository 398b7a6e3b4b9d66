"""A served World, and a caller with both scopes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from drive.google_fake import Server, World
from drive.google_fake.api import OPENED, READ
from tests.drive.google_fake.discovery import Discovery

ANN = "ann@example.com"


@dataclass
class Caller:
    """Calls the server with an access token of Ann's."""

    server: Server
    token: str

    def send(self, method: str, path: str, *, upload: bool = False, **request: Any) -> httpx.Response:
        """One call; `path` may be a whole address."""
        base = f"{self.server.url}{'/upload' if upload else ''}/drive/v3/"
        headers = {"Authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        url = path if path.startswith("http") else base + path
        return httpx.request(method, url, headers=headers, **request)

    def get(self, path: str, **query: str) -> httpx.Response:
        """A call that reads."""
        return self.send("GET", path, params=query)


def as_caller(server: Server, *scopes: str, email: str = ANN) -> Caller:
    """A caller with these scopes."""
    code = server.oauth.approve(email, frozenset(scopes))
    form = {"grant_type": "authorization_code", "code": code}
    return Caller(server, httpx.post(f"{server.url}/token", data=form).json()["access_token"])


def reason(answer: httpx.Response) -> tuple[int, str]:
    """The status and the reason of a refusal."""
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    server = Server(world)
    server.start()
    discovery = Discovery()
    server.watchers.append(discovery)
    yield server
    server.stop()
    assert discovery.faults == []


@pytest.fixture
def ann(server: Server) -> Caller:
    return as_caller(server, READ, OPENED)
