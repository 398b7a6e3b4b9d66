"""When to send a request again, and after how long."""

from __future__ import annotations

import random

import httpx2

from creator_client.call import Call

PASSING = (408, 429, 502, 503, 504)
"""Statuses that a later try may not get."""
FIRST_S, LONGEST_S = 0.5, 30.0


def pause_before_next(call: Call[object], answer: httpx2.Response | None, tried: int) -> float | None:
    """Seconds to wait before the next try; None: another one would not help, or could do harm.

    `answer` is None if none came. A 429 has done nothing, so everything may follow it.
    """
    if answer is not None and answer.status_code not in PASSING:
        return None
    refused_unread = answer is not None and answer.status_code == 429
    if not (call.may_repeat or refused_unread):
        return None
    if answer is not None and (asked_s := _retry_after(answer)) is not None:
        return asked_s if asked_s <= LONGEST_S else None
    waits_s: float = FIRST_S * 2 ** (tried - 1)
    return min(LONGEST_S, waits_s) * random.uniform(0.5, 1)  # noqa: S311  no secret


def _retry_after(answer: httpx2.Response) -> float | None:
    """The seconds of `Retry-After` (RFC 9110, section 10.2.3); the server never sends a date."""
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdecimal() else None
