"""Serves stored files behind signed links: never as active content, streamed without holding a thread."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from typing import IO

from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from creator.lib.errors import Refused
from creator.lib.links import read_file_link

CHUNK = 256 * 1024
SHOWN = ("image/png", "image/jpeg", "image/webp")


async def serve_file(request: HttpRequest, token: str, name: str) -> HttpResponse | StreamingHttpResponse:
    """The stored file as an attachment (pictures of pages: inline), with nosniff and a sandbox of its own."""
    link = read_file_link(token, name)
    try:
        file, size = await sync_to_async(_open)(link.key)
    except FileNotFoundError as error:
        raise Refused("not_found", "This file is no longer kept.") from error
    content_type = mimetypes.guess_type(link.key)[0] or ""
    response = StreamingHttpResponse(
        _chunks(file), content_type=content_type if content_type in SHOWN else "application/octet-stream"
    )
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(not link.inline, link.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600, immutable"
    return response


def _open(key: str) -> tuple[IO[bytes], int]:
    return default_storage.open(key, "rb"), default_storage.size(key)


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while chunk := await sync_to_async(file.read, thread_sensitive=False)(CHUNK):
            yield chunk
    finally:
        file.close()
