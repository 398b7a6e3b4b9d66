"""Finds the principal of each socket: a page's by its cookies, a program's by its API key or access token."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.http import parse_cookie
from django.utils.datastructures import CaseInsensitiveMapping

from accounts.api.authentication import authenticate_headers, given_secret, shown_secret
from accounts.api.cookies import access_in
from accounts.principals import Principal, find_by_session, find_by_token
from creator.http.proxies import address_of
from creator.http.refusals import refuse_handshake
from creator.lib.errors import Refused
from creator.lib.networks import network_of
from jobs.streaming.database import in_database, take_turns_as
from jobs.streaming.limits import HANDSHAKES, WATCHERS, Asker

Headers = Mapping[str, str]
"""The headers of a request, whatever the case of their names."""


def asker_of(address: str, headers: Headers) -> Asker:
    """Who a request comes from, as far as its address and headers say."""
    cookies = parse_cookie(headers.get("Cookie", ""))
    return network_of(address), shown_secret(headers) or cookies.get(settings.SESSION_COOKIE_NAME, "")


class BoundedHandshake:
    """ASGI middleware. Refuses a handshake (429) of an asker who has many sockets, or of a busy address.

    It asks no row: until the handshake is answered, the asker is an address with the key or session it shows.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asker = asker_of(address_of(scope), _headers_of(scope))
        take_turns_as(asker)
        with ExitStack() as socket, ExitStack() as handshake:
            try:
                socket.enter_context(WATCHERS.one_of(asker))
                handshake.enter_context(HANDSHAKES.one_of(asker[0]))
            except Refused as refused:
                await refuse_handshake(send, refused)
                return

            async def answer(message: Any) -> None:
                handshake.close()
                await send(message)

            await self.app(scope, receive, answer)


class ProgramOrPage:
    """ASGI middleware. A handshake with an API key or access token in its headers goes to `program` with its
    principal, even if it carries cookies; an invalid one is refused with 401. Every other handshake goes to `page`.
    """

    def __init__(self, *, program: Any, page: Any) -> None:
        self.program = program
        self.page = page

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = _headers_of(scope)
        if not given_secret(headers):
            await self.page(scope, receive, send)
            return
        try:
            principal = await in_database(authenticate_headers)(headers, address_of(scope))
        except Refused as refused:
            await refuse_handshake(send, refused)
            return
        await self.program({**scope, "principal": principal}, receive, send)


class PagePrincipal:
    """ASGI middleware inside Channels' sessions: the principal of the session, else of the token among the cookies.

    Channels' own knows no SECRET_KEY_FALLBACKS, and deletes a session that it cannot verify.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        principal = await in_database(_principal_of)(scope)
        await self.app({**scope, "principal": principal}, receive, send)


def _principal_of(scope: Any) -> Principal | None:
    return find_by_session(scope["session"]) or find_by_token(access_in(_headers_of(scope)))


def _headers_of(scope: Any) -> Headers:
    return CaseInsensitiveMapping({k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]})
