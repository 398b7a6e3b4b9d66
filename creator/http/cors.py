"""Which pages of other sites may call the API from a browser (the Fetch standard, section 3.2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.middleware.cors import CORSMiddleware

SHARED = ("/api/", "/files/")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = (
    "Authorization",
    "Idempotency-Key",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Prefer",
    "Range",
    "Tus-Resumable",
    "Upload-Checksum",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "X-API-Key",
    "X-Request-ID",
)
"""Headers that scripts of those pages may send, beside those that any may."""
READ = (
    "Accept-Ranges",
    "Allow",
    "Content-Disposition",
    "Content-Location",
    "Content-Range",
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "Retry-After",
    "Sunset",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Offset",
    "WWW-Authenticate",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
)
"""Headers that scripts of those pages may read, beside those that any may."""
REMEMBERED_S = 600


class SharedWithOrigins:
    """ASGI middleware: pages of `origins` may call the API with a key or token, and fetch files by their links.

    Never with cookies, so a page can do nothing in the name of the person who looks at it. It is outside of everything
    that may refuse a request: a page can read our refusals too.
    """

    def __init__(self, app: Any, origins: Collection[str]) -> None:
        self.app = app
        self.shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=READ,
            max_age=REMEMBERED_S,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        app = self.shared if scope["path"].startswith(SHARED) else self.app
        await app(scope, receive, send)


def share_with(origins: Collection[str], app: Any) -> Any:
    """`app` for pages of these origins too; the app itself if there are none."""
    return SharedWithOrigins(app, origins) if origins else app
