"""A thread that works for a request can see that its client has gone."""

import asyncio
import threading

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from creator.http.bodies.handler import BodyHandler
from creator.lib.client_gone import client_gone

PATIENCE_S = 30
begun, ended, seen = threading.Event(), threading.Event(), []


def work(request: HttpRequest) -> HttpResponse:
    begun.set()
    if "long" in request.GET:
        seen.append(client_gone().wait(PATIENCE_S))
    else:
        seen.append(client_gone().is_set())
    ended.set()
    return HttpResponse()


urlpatterns = [path("", work)]


@pytest.fixture
def ask():
    async def ask(query: bytes, *, goes: bool) -> list[bool]:
        """What the view saw: whether its client went before the answer."""
        for each in (begun, ended):
            each.clear()
        seen.clear()
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": query, "headers": []}
        waiting = [{"type": "http.request"}]

        async def receive():
            if waiting:
                return waiting.pop()
            await asyncio.to_thread(begun.wait, PATIENCE_S)
            return {"type": "http.disconnect"} if goes else await asyncio.Event().wait()

        async def send(message):
            pass

        with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[]):
            await BodyHandler()(scope, receive, send)
        await asyncio.to_thread(ended.wait, PATIENCE_S)
        return list(seen)

    return ask


async def test_work_for_a_client_that_goes_is_told(ask):
    assert await ask(b"long", goes=True) == [True]


async def test_work_for_a_client_that_stays_is_not(ask):
    assert await ask(b"", goes=False) == [False]


def test_outside_of_requests_nobody_goes():
    assert not client_gone().is_set()
