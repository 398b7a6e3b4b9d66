"""What changed in the API, newest first, for the page of its documentation."""

from __future__ import annotations

from datetime import date

CHANGES = (
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
