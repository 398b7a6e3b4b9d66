"""Errors in the shapes of Google's Drive API and of OAuth 2.0."""

from __future__ import annotations

from typing import Any


class GoogleError(Exception):
    """A refusal of the Drive API: `status` is that of HTTP, `reason` that of Google's list of errors."""

    def __init__(self, status: int, reason: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.status = status
        self.reason = reason
        self.message = message

    def body(self) -> dict[str, Any]:
        one = {"domain": "global", "reason": self.reason, "message": self.message}
        return {"error": {"code": self.status, "message": self.message, "errors": [one]}}


class OAuthError(Exception):
    """A refusal of the token endpoint, in the shape of RFC 6749."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.status = status
        self.code = code

    def body(self) -> dict[str, Any]:
        return {"error": self.code}


def missing(file_id: str) -> GoogleError:
    """404: no such file, or none that this token may see."""
    return GoogleError(404, "notFound", f"File not found: {file_id}.")


def invalid(message: str) -> GoogleError:
    """400: a parameter has a value that Drive does not take."""
    return GoogleError(400, "invalid", message)
