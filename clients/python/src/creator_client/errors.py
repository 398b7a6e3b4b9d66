"""What a client raises. The server's codes are listed in its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2


class CreatorError(Exception):
    """The base of all errors of this package."""


class Unreachable(CreatorError):
    """The server could not be reached, or its answer did not arrive, however often it was tried."""


class JobFailed(CreatorError):
    """The job has no picture. It failed or was cancelled, and nothing was charged; or, with `gone`, its files were deleted."""

    def __init__(self, job_id: str, code: str, message: str) -> None:
        super().__init__(message)
        self.job_id, self.code = job_id, code


class ApiError(CreatorError):
    """A refusal. `details` says what is wrong with each field, or repeats the numbers of the message."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message") or f"The server answered {status}."))
        self.status = status
        self.code = str(error.get("code", ""))
        self.details: dict[str, Any] = dict(error.get("details") or {})
        self.request_id = str(error.get("request_id", ""))


class NotAuthenticated(ApiError):
    """401: the key or token does not work."""


class PaymentNeeded(ApiError):
    """402: too few credits, a spend cap is reached, or a payment is due."""


class NotAllowed(ApiError):
    """403: the key lacks a scope, or the plan a feature."""


class NotFound(ApiError):
    """404, 410: it does not exist, belongs to another account, or was deleted."""


class Conflict(ApiError):
    """409: too late, or not offered at present; the message says which."""


class Invalid(ApiError):
    """400, 413, 415, 422: the request or the photo needs another look."""


class LimitReached(ApiError):
    """429: too much at once. The client has waited and tried again before it raises this."""


class ServerError(ApiError):
    """5xx: the server failed or is away. The client has tried again before it raises this."""


BY_STATUS: dict[int, type[ApiError]] = {
    400: Invalid,
    401: NotAuthenticated,
    402: PaymentNeeded,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: LimitReached,
}


def error_of(answer: httpx2.Response) -> ApiError:
    """The error that a refusing answer stands for; also of one that another server on the way has written."""
    try:
        error = answer.json()["error"]
        code = error["code"]
    except (ValueError, KeyError, TypeError):
        error, code = {}, ""
    kind = BY_STATUS.get(answer.status_code, ServerError if answer.status_code >= 500 else ApiError)
    return kind(answer.status_code, error if code else {})
