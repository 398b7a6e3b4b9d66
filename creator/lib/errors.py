"""A refusal: its code, message, status and headers (docs/architecture.md, error codes).

Domain code raises `Refused`; only `creator.http.refusals` turns it into an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATUS = {
    "malformed_request": 400,
    "not_authenticated": 401,
    "second_factor_required": 401,
    "insufficient_credits": 402,
    "payment_due": 402,
    "spend_cap": 402,
    "email_unverified": 403,
    "not_allowed": 403,
    "plan_required": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "already_refreshed": 409,
    "idempotency_conflict": 409,
    "preset_unavailable": 409,
    "too_late": 409,
    "gone": 410,
    "body_too_large": 413,
    "image_too_large": 413,
    "unsupported_media_type": 415,
    "invalid_parameters": 422,
    "unsupported_image": 422,
    "queue_full": 429,
    "quota_exceeded": 429,
    "rate_limited": 429,
    "head_too_large": 431,
    "internal_error": 500,
    "payments_away": 503,
    "service_unavailable": 503,
}


class Refused(Exception):
    """A request that cannot be served.

    `message` is for the person who sent the request: full sentences that name every number and say what to do.
    `problems` maps a field's name to a sentence about it. `facts` are values of the message for programs only;
    no page shows them. `headers` are sent with the answer: `Allow` with 405, `Retry-After` (seconds) with 429
    and 503, `WWW-Authenticate` with 401.
    """

    def __init__(
        self,
        code: str,
        message: str,
        problems: Mapping[str, str] | None = None,
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = dict(problems or {})
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})

    @property
    def details(self) -> dict[str, Any]:
        """What the API's envelope calls details: the problems and the facts."""
        return {**self.problems, **self.facts}

    @property
    def status(self) -> int:
        return STATUS[self.code]
