"""On what terms a body is read: how much of it, for how long, and from whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from creator.http.bodies.early_answers import DRAINED_BYTES
from creator.http.refusals import HTML, as_refused
from creator.lib.errors import Refused

MIB = 1024 * 1024
FORM_OVERHEAD = MIB
"""Bytes that a form may have in addition to its files."""
UNKNOWN_SENDER_S = 60.0
"""Most seconds that a body may take whose sender is not known."""
Headers = Mapping[bytes, bytes]


@dataclass(frozen=True)
class Sender:
    """Who sends files: at most `files` bytes in this request, and `at_a_time` in all that are under way.

    `plan` is the title of the person's plan, `way` a sentence on how to get a larger one.
    """

    person: UUID
    files: int
    at_a_time: int
    plan: str
    way: str


Identify = Callable[[Headers, str], Awaitable[Sender | None]]
"""Headers and the client's address → the sender, or None if the person is signed out.

Raises Refused, and errors of the database.
"""


@dataclass(frozen=True)
class Terms:
    """At most `most` bytes are read within `seconds`, and at most `stored` bytes are stored.

    `takes_files`: the path accepts files. Without a `sender` it accepts none: then a page's form is read for
    its fields, because the sign-in page leads back to them (`is_for_sign_in`). `is_small`: the path accepts less
    than others.
    """

    most: int
    stored: int
    seconds: float
    takes_files: bool = False
    sender: Sender | None = None
    is_for_sign_in: bool = False
    is_small: bool = False

    def refusal(self) -> Refused:
        """Why a larger body is refused."""
        if self.takes_files and not self.sender:
            return Refused("not_authenticated", "Sign in to go on.")
        if self.is_small:
            return too_long(self.most)
        if self.sender is None:
            most, takes, way = self.most, "is accepted here", ""
        else:
            most, takes = self.sender.files, f"the {self.sender.plan} plan takes at a time"
            way = f" {self.sender.way}"
        message = f"This is larger than {most // MIB} MB, the most that {takes}. Send less at a time.{way}"
        return Refused("body_too_large", message)


async def terms_for(
    headers: Headers, address: str, identify: Identify | None, most: int | None = None
) -> Terms:
    """The terms for a request, known before its body is read. `identify`: for a path that accepts files.

    `most`: for a path that accepts so many bytes and no more.
    Raises Refused for a key that does not work, and for a body whose declared length is too large.
    """
    seconds = settings.CONFIG.body_seconds
    sender = await _identified(identify, headers, address) if identify else None
    if sender:
        largest = sender.files + FORM_OVERHEAD
        terms = Terms(largest, largest, seconds, takes_files=True, sender=sender)
    elif most:
        terms = Terms(most, most, min(seconds, UNKNOWN_SENDER_S), is_small=True)
    else:
        is_form = identify is not None and HTML.encode() in headers.get(b"accept", b"")
        largest = DRAINED_BYTES if is_form else MIB
        seconds = min(seconds, UNKNOWN_SENDER_S)
        terms = Terms(largest, MIB, seconds, takes_files=identify is not None, is_for_sign_in=is_form)
    if declared_length(headers) > terms.most and not terms.is_for_sign_in:
        raise terms.refusal()
    return terms


def too_long(most: int) -> Refused:
    """The refusal of a message of more than `most` bytes, by a path that programs send short messages to."""
    return Refused(
        "malformed_request", f"This is longer than {most // 1024} KiB, the most that is accepted here."
    )


def declared_length(headers: Headers) -> int:
    """The Content-Length, or 0 for a body that comes in chunks."""
    length = headers.get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


async def _identified(identify: Identify, headers: Headers, address: str) -> Sender | None:
    try:
        return await identify(headers, address)
    except Exception as error:
        if refused := as_refused(error):
            raise refused from error
        raise
