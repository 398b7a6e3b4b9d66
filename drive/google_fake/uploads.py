"""Content that comes with files.create: in one request of two parts, or in a session of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from drive.google_fake.calls import Call, Reply, read_row
from drive.google_fake.errors import GoogleError, invalid
from drive.google_fake.oauth import Grant
from drive.google_fake.world import World
from drive.google_fake.writing import check_new, create

PART = 256 * 1024
"""Bytes: every part of a session but the last is a multiple of it."""
SPAN = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<size>\d+|\*)")


@dataclass
class Session:
    """A resumable upload. `size` in bytes; None: not said yet."""

    grant: Grant = field(repr=False)
    row: dict[str, Any]
    content_type: str
    size: int | None
    with_drives: bool
    received: bytearray = field(default_factory=bytearray, repr=False)
    made: dict[str, Any] | None = None


class Uploads:
    """The sessions of one World."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, Session] = {}

    def begin(self, grant: Grant, call: Call) -> Reply:
        """POST /upload/drive/v3/files: all at once, or the address of a session in `Location`."""
        match call.query.get("uploadType"):
            case "resumable":
                return self._begin_session(grant, call)
            case "multipart":
                row, content, content_type = read_parts(call)
            case "media":
                row, content, content_type = {}, call.body, call.headers.get("content-type", "")
            case _:
                raise invalid("Invalid value for uploadType")
        made = create(
            self._world,
            grant,
            row,
            content=content,
            content_type=content_type,
            with_drives=call.has_drives,
        )
        return Reply(200, made)

    def go_on(self, call: Call) -> Reply:
        """PUT to the address of a session: a part, or the question how much has come. Raises `GoogleError`."""
        session = self._sessions.get(call.query.get("upload_id", ""))
        if session is None:
            raise GoogleError(404, "notFound", "Not Found")
        if session.made is not None:
            return Reply(200, session.made)
        self._receive(session, call)
        if session.size is None or len(session.received) < session.size:
            received = len(session.received)
            return Reply(308, None, {"Range": f"bytes=0-{received - 1}"} if received else {})
        session.made = create(
            self._world,
            session.grant,
            session.row,
            content=bytes(session.received),
            content_type=session.content_type,
            with_drives=session.with_drives,
        )
        return Reply(200, session.made)

    def stop(self, call: Call) -> Reply:
        """DELETE of a session's address: it is forgotten. Raises `GoogleError` 404."""
        if self._sessions.pop(call.query.get("upload_id", ""), None) is None:
            raise GoogleError(404, "notFound", "Not Found")
        return Reply(499)

    def forget(self) -> None:
        """End all sessions, as Google does after a week."""
        self._sessions.clear()

    def _begin_session(self, grant: Grant, call: Call) -> Reply:
        said = call.headers.get("x-upload-content-length", "")
        size = int(said) if said.isdecimal() else None
        row = call.row()
        check_new(self._world, grant, row, size=size or 0, with_drives=call.has_drives)
        content_type = call.headers.get("x-upload-content-type", "")
        upload_id = f"upload-{self._world.new_id()}"
        self._sessions[upload_id] = Session(grant, row, content_type, size, call.has_drives)
        asked = "".join(f"&{name}={call.query[name]}" for name in ("fields",) if name in call.query)
        address = f"{call.base}{call.path}?uploadType=resumable&upload_id={upload_id}{asked}"
        return Reply(200, None, {"Location": address})

    def _receive(self, session: Session, call: Call) -> None:
        """Without `Content-Range`, the body is all that is missing from the start."""
        asked = call.headers.get("content-range")
        if asked is None:
            session.received[:] = call.body
            session.size = len(call.body)
            return
        span = SPAN.fullmatch(asked)
        if span is None:
            raise invalid("Invalid Content-Range")
        if span["size"] != "*":
            session.size = self._agreed(session, int(span["size"]))
        if span["first"] is not None:
            self._add(session, int(span["first"]), int(span["last"]), call.body)

    def _agreed(self, session: Session, size: int) -> int:
        if session.size not in (None, size):
            raise invalid("Content-Range says another size than X-Upload-Content-Length")
        return size

    def _add(self, session: Session, first: int, last: int, body: bytes) -> None:
        """A part may begin before the end of what has come, but not after it."""
        is_last = session.size is not None and last + 1 == session.size
        if last + 1 - first != len(body) or first > len(session.received):
            raise invalid("Invalid Content-Range")
        if not is_last and len(body) % PART:
            raise invalid(f"A part that is not the last has a multiple of {PART} bytes")
        session.received[first:] = body


def read_parts(call: Call) -> tuple[dict[str, Any], bytes, str]:
    """The object, content and type of content of a multipart/related body. Raises `GoogleError` 400."""
    match = re.search(r'boundary="?([^";]+)"?', call.headers.get("content-type", ""))
    parts = call.body.split(b"--" + match[1].encode()) if match else []
    if len(parts) != 4:
        raise GoogleError(400, "badContent", "Malformed multipart body.")
    (_, about), (headers, content) = (_split(part) for part in parts[1:3])
    found = re.search(r"content-type:\s*([^\r\n;]+)", headers, re.IGNORECASE)
    return read_row(about), content, found[1].strip() if found else ""


def _split(part: bytes) -> tuple[str, bytes]:
    """The headers and the body of one part, without the line's end that belongs to the boundary."""
    headers, _, body = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    return headers.decode(), body.removesuffix(b"\r\n")
