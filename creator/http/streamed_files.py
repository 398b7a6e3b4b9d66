"""Files that are made while they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Protocol

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from creator.http.middleware import NEVER_STORED


class Content(Protocol):
    """Parts of a file whose size in bytes, `len`, is known before the first is made."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __len__(self) -> int: ...


def download(content: Content, *, method: str | None, name: str, content_type: str) -> StreamingHttpResponse:
    """An attachment. Each part of `content` is made in a thread, when the client takes it; none if `method` is HEAD."""
    parts = _parts(content, is_made=method != "HEAD")
    response = StreamingHttpResponse(parts, content_type=content_type)
    response["Content-Length"] = str(len(content))
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = NEVER_STORED
    return response


async def _parts(content: Content, *, is_made: bool) -> AsyncIterator[bytes]:
    following = sync_to_async(partial(next, iter(content), b""), thread_sensitive=False)
    while is_made and (part := await following()):
        yield part
