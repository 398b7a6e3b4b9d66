"""A site that answers from a script, and both clients for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from creator_client import AsyncClient, Client

SITE, KEY = "https://creator.example.org", "creator_test"
Handler = Callable[[httpx2.Request], httpx2.Response]


class Site:
    """Answers each request with the next entry: a response, or an error to raise. Keeps what was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class InLoop:
    """The asynchronous client with the methods of the other one, so that one test is for both."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        def call(*words: Any, **named: Any) -> Any:
            async def run() -> Any:
                made = getattr(self._client, name)(*words, **named)
                return [each async for each in made] if hasattr(made, "__aiter__") else await made

            return asyncio.run(run())

        return call


@pytest.fixture(params=["sync", "async"])
def client_of(request: pytest.FixtureRequest) -> Callable[[Handler], Any]:
    """Makes a client whose requests a handler answers, and that does not wait between tries but notes how long."""

    def make(handler: Handler, pauses: list[float] | None = None) -> Any:
        pauses = [] if pauses is None else pauses
        transport = httpx2.MockTransport(handler)
        if request.param == "sync":
            client = Client(SITE, KEY, transport=transport)
            client.sleep = pauses.append
            return client
        twin = AsyncClient(SITE, KEY, transport=transport)

        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        twin.sleep = pause
        return InLoop(twin)

    return make
