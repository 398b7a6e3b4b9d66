"""The error answers of an operation: one envelope, and the codes that each status may have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from creator.lib.error_codes import CODES

EVERYWHERE = ("malformed_request", "internal_error", "service_unavailable")
WITH_CALLER = ("not_authenticated", "not_allowed", "plan_required", "rate_limited")
WITH_BODY = ("body_too_large", "unsupported_media_type", "invalid_parameters", "too_slow")
HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def refusals(codes: Iterable[str], schema: dict[str, Any]) -> dict[str, Any]:
    """Status → answer, each with its codes, their causes and remedies. `schema` is that of the envelope."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in sorted(set(codes)):
        by_status[CODES[code].status].append(code)
    return {str(status): _answer(status, by_status[status], schema) for status in sorted(by_status)}


def error_list() -> list[dict[str, Any]]:
    """Every code, for readers of the document (`x-errors`)."""
    return [
        {"code": name, "status": code.status, "cause": code.cause, "remedy": code.remedy}
        for name, code in CODES.items()
    ]


def _phrase_of(status: int) -> str:
    """460 is no status of HTTP; tus 1.0 has it (extension Checksum)."""
    return "Checksum Mismatch" if status == 460 else HTTPStatus(status).phrase


def _answer(status: int, codes: list[str], schema: dict[str, Any]) -> dict[str, Any]:
    answer = {
        "description": _phrase_of(status) + ": " + ", ".join(f"`{code}`" for code in codes),
        "content": {"application/json": {"schema": schema}},
        "x-codes": codes,
    }
    names = ("X-Request-ID", *HEADERS.get(status, ()))
    return {**answer, "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}
