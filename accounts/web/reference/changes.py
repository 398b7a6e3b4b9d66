"""What changed in the API, newest first, for the page of its documentation."""

from __future__ import annotations

from datetime import date

CHANGES = (
    (
        date(2026, 11, 28),
        "Webhooks; `events`, the feed of all jobs, and events of a batch, also as streams.",
    ),
    (
        date(2026, 11, 28),
        "Uploads by address and in parts (tus 1.0); single uploads and artifacts can be asked for, uploads and jobs deleted.",
    ),
    (
        date(2026, 11, 28),
        "More filters of `GET /jobs`; `ETag` and `If-None-Match`, `HEAD` and `OPTIONS`; `Range` on files; pages of listed sites.",
    ),
    (date(2026, 11, 28), "The Comfy API v2 below `/api/v2`, for comfy-sdk and other programs that speak it."),
    (
        date(2026, 11, 28),
        'Values of a body must have the JSON types of the document: `"5"` is no number, 0 is not false.',
    ),
    (date(2026, 11, 28), "The OpenAPI document, and this page."),
    (
        date(2026, 11, 28),
        "`Prefer: wait=N` on requests that start jobs; `account`, `dashboard`, `models`, zips of batches.",
    ),
    (date(2026, 11, 20), "`usage`, spend caps of keys, and limits of requests with `X-RateLimit-*`."),
)
"""Day → what is new, in Markdown."""
MONTHS_OF_NOTICE = 6
"""Something that clients use goes no sooner after it is marked as deprecated."""
