"""Serves stored files behind signed links, never as active content.

Streams files from a folder without blocking a thread; redirects to S3 for files in a bucket.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import AsyncIterator
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header

from creator.http.byte_ranges import asked_range
from creator.http.file_links import FileLink, read_file_link
from creator.http.middleware import NEVER_STORED
from creator.lib.errors import Refused

CHUNK = 256 * 1024
SHOWN = ("image/png", "image/jpeg", "image/webp")
KEPT_S = 3600


async def serve_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The stored file that the link names."""
    link = read_file_link(token, name)
    return await sync_to_async(stored_file)(request, link, valid_s=settings.CONFIG.link_seconds)


def stored_file(request: HttpRequest, link: FileLink, *, valid_s: int) -> HttpResponseBase:
    """A file as an attachment (inline for pictures on pages), or the part asked for, with nosniff and a sandbox policy.

    Of a bucket's file, a redirect to an address there that works for `valid_s` seconds; the bucket sends parts too.
    Raises Refused `gone` and `range_not_satisfiable`.
    """
    if settings.CONFIG.s3_bucket:
        return _send_on(link, valid_s)
    try:
        file, size = _open(link.key)
    except FileNotFoundError as error:
        raise Refused("gone", "This file is no longer stored.") from error
    etag = _etag(link)
    try:
        part = asked_range(request.headers, size=size, etag=etag)
    except Refused:
        file.close()
        raise
    sent = range(size) if part is None else part
    response = StreamingHttpResponse(
        _chunks(file, sent, is_read=request.method != "HEAD"),
        status=200 if part is None else 206,
        content_type=_content_type(link),
    )
    if part is not None:
        response["Content-Range"] = f"bytes {sent.start}-{sent.stop - 1}/{size}"
    response["Content-Length"] = str(len(sent))
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Content-Disposition"] = _disposition(link)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = _keeping(link, KEPT_S)
    return response


def _send_on(link: FileLink, valid_s: int) -> HttpResponseBase:
    """Redirects to the bucket.

    The signed URL sets content type, disposition and caching, so an object's own are never used.

    The bucket has a separate origin. The redirect is cached for a shorter time than its target is valid.
    """
    headers = {
        "ResponseContentType": _content_type(link),
        "ResponseContentDisposition": _disposition(link),
        "ResponseCacheControl": _keeping(link, KEPT_S),
    }
    storage: Any = default_storage
    client = storage.signing_client(settings.CONFIG.s3_public_url)
    url = client.generate_presigned_url(
        "get_object",
        Params={"Bucket": settings.CONFIG.s3_bucket, "Key": link.key, **headers},
        ExpiresIn=valid_s,
    )
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = _keeping(link, min(KEPT_S, valid_s // 2))
    return response


def _keeping(link: FileLink, seconds: int) -> str:
    """Browsers keep the pictures of pages, so that each is fetched once; they keep no download."""
    return f"private, max-age={seconds}, immutable" if link.inline else NEVER_STORED


def _content_type(link: FileLink) -> str:
    content_type = mimetypes.guess_type(link.key)[0] or ""
    return content_type if content_type in SHOWN else "application/octet-stream"


def _disposition(link: FileLink) -> str:
    return content_disposition_header(not link.inline, link.name) or "attachment"


def _open(key: str) -> tuple[IO[bytes], int]:
    return default_storage.open(key, "rb"), default_storage.size(key)


def _etag(link: FileLink) -> str:
    """A stored object never changes, and its key is ours alone to know."""
    return f'"{hashlib.sha256(link.key.encode()).hexdigest()[:32]}"'


async def _chunks(file: IO[bytes], sent: range, *, is_read: bool) -> AsyncIterator[bytes]:
    """The bytes of the range; none for HEAD, which gets the headers alone."""
    read, left = sync_to_async(file.read, thread_sensitive=False), len(sent) if is_read else 0
    try:
        file.seek(sent.start)
        while left and (chunk := await read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    finally:
        file.close()
