"""What can be refused, with the words and the status that pages and API share (docs/architecture.md, error codes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATUS = {
    "malformed_request": 400,
    "not_authenticated": 401,
    "insufficient_credits": 402,
    "not_allowed": 403,
    "plan_required": 403,
    "not_found": 404,
    "method_not_allowed": 405,
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
    "internal_error": 500,
    "service_unavailable": 503,
}


class Refused(Exception):
    """A request that cannot be served; `message` is for the person who asked, `details` names fields."""

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = dict(details or {})

    @property
    def status(self) -> int:
        return STATUS[self.code]


def envelope(
    code: str, message: str, *, details: Mapping[str, Any] | None = None, request_id: str = ""
) -> dict[str, Any]:
    """The one shape of every error answer."""
    return {
        "error": {"code": code, "message": message, "details": dict(details or {}), "request_id": request_id}
    }
