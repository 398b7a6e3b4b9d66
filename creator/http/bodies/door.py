"""Reads every request's body before Django is called: within bounds, and only from those who may send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.utils.http import parse_header_parameters

from creator.http.bodies.disk import Disk, Promise, no_room
from creator.http.bodies.early_answers import (
    DRAINED_S,
    SILENT_S,
    UNKNOWN_SENDER_RATE,
    after_body,
    answer_early,
)
from creator.http.bodies.form_names import REFUSED, SPOOL
from creator.http.bodies.pace import Pace, Receive, TooSlow
from creator.http.bodies.places import Places
from creator.http.bodies.spool import Spool
from creator.http.bodies.terms import Headers, Identify, Terms, declared_length, terms_for
from creator.http.proxies import address_of
from creator.lib.errors import Refused
from creator.lib.networks import network_of

FORM = "multipart/form-data"


class ClientGone(Exception):
    """The client closed the connection before its body had arrived."""


class BodyDoor:
    """ASGI middleware around `BodyHandler`.

    A body has at most 1 MiB. `sender_of` says of a path that accepts files what identifies the sender: they may
    send what their plan takes, a few uploads at a time. `small` maps paths that accept less to how many bytes they
    take. Headers are judged before the body is read, and Django answers what is refused, as it answers everything
    else.
    """

    def __init__(
        self, app: Any, sender_of: Callable[[str], Identify | None], small: Mapping[str, int]
    ) -> None:
        self.app = app
        self.sender_of, self.small = sender_of, small
        self.places = Places()
        self.disk = Disk()

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        headers = dict(scope["headers"])
        if b"content-length" not in headers and b"transfer-encoding" not in headers:
            await self.app(scope, receive, send)  # it has no body (RFC 9112, section 6.3)
            return
        try:
            path = scope["path"]
            terms = await terms_for(headers, address_of(scope), self.sender_of(path), self.small.get(path))
            await self._serve(scope, headers, terms, receive, send)
        except ClientGone:
            return
        except Refused as refused:
            drained_s = SILENT_S if isinstance(refused, TooSlow) else DRAINED_S
            await answer_early(self.app, {**scope, REFUSED: refused}, receive, send, drained_s=drained_s)

    async def _serve(self, scope: Any, headers: Headers, terms: Terms, receive: Receive, send: Any) -> None:
        boundary, keep_files = _boundary_of(headers), not terms.is_for_sign_in
        with Spool(boundary, keep_files=keep_files) as spool, ExitStack() as held:
            promise = self._admit(scope, headers, terms, held) if terms.takes_files else None
            is_whole = await _read(receive, spool, terms, promise)
            if not is_whole and not terms.is_for_sign_in:
                raise terms.refusal()
            scope = {**(_signed_out(scope) if terms.is_for_sign_in else scope), SPOOL: spool}
            send = _releasing(held, send)
            if is_whole:
                await self.app(scope, after_body(receive), send)
            else:
                await answer_early(self.app, scope, receive, send)

    def _admit(self, scope: Any, headers: Headers, terms: Terms, held: ExitStack) -> Promise:
        """Takes places and room for an upload, until `held` ends. Raises Refused if there are none."""
        config, size = settings.CONFIG, min(declared_length(headers) or terms.stored, terms.stored)
        address = network_of(address_of(scope))
        held.enter_context(self.places.taken(("address", address), most=config.uploads_per_address))
        if sender := terms.sender:
            person, most = ("person", sender.person), config.uploads_per_person
            held.enter_context(self.places.taken(person, most=most, size=size, most_bytes=sender.at_a_time))
        return held.enter_context(self.disk.room_for(size))


async def _read(receive: Receive, spool: Spool, terms: Terms, promise: Promise | None) -> bool:
    """Returns whether the body ended within its terms.

    Raises ClientGone, and Refused if it came too slowly or the disk is full.
    """
    pace = Pace(
        receive,
        seconds=terms.seconds,
        least_rate=settings.CONFIG.body_kib_per_second * 1024,
        most_rate=None if terms.sender else UNKNOWN_SENDER_RATE,
    )
    arrived = 0
    while True:
        message = await pace.next()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        arrived += len(chunk)
        if arrived > terms.most:
            return False
        if promise:
            promise.arrived(len(chunk))
        try:
            spool.write(chunk)
        except OSError as error:
            raise no_room() from error
        if spool.outline.tell() > terms.stored:
            return False
        if not message.get("more_body", False):
            return True


def _releasing(held: ExitStack, send: Any) -> Any:
    """Gives places back before the answer ends: its reader may send the next upload at once."""

    async def release_and_send(message: Any) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            held.close()
        await send(message)

    return release_and_send


def _boundary_of(headers: Headers) -> bytes:
    """The boundary of a form with files; empty for other bodies."""
    kind, parameters = parse_header_parameters(headers.get(b"content-type", b"").decode("latin-1"))
    return parameters.get("boundary", "").encode("latin-1") if kind == FORM else b""


def _signed_out(scope: Any) -> Any:
    """The request without its session. A person who signs in while it arrives must not start half a form."""
    session = f"{settings.SESSION_COOKIE_NAME}=".encode()
    return {**scope, "headers": [_without_cookie(session, *each) for each in scope["headers"]]}


def _without_cookie(start: bytes, name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name != b"cookie":
        return name, value
    return name, b";".join(each for each in value.split(b";") if not each.strip().startswith(start))
