"""Errors in Stripe's shape: https://docs.stripe.com/api/errors."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """A refusal: `status` is that of HTTP, the rest is the body's `error`."""

    def __init__(self, status: int, type: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.message = message
        self.more = {name: value for name, value in more.items() if value is not None}

    def body(self) -> dict[str, Any]:
        return {"error": {"type": self.type, "message": self.message, **self.more}}


def bad_request(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """400: Stripe does not do this with these parameters."""
    return StripeError(400, "invalid_request_error", message, code=code, param=param)


def missing(kind: str, id: str, *, param: str = "id") -> StripeError:
    """No object of this id: 404 for the one in the path, 400 for one that a parameter names."""
    status = 404 if param == "id" else 400
    words = kind.replace(".", " ").replace("_", " ")
    return StripeError(
        status, "invalid_request_error", f"No such {words}: '{id}'", code="resource_missing", param=param
    )


def no_such_call(method: str, path: str) -> StripeError:
    """404: Stripe, or this fake, has no such call."""
    return StripeError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")


def server_error() -> StripeError:
    """500, as Stripe answers while something of its own fails."""
    return StripeError(500, "api_error", "An unknown error occurred.")
