"""What operations share: tags, security schemes, headers and parameters (OpenAPI 3.1, sections 4.8.7 and 4.8.27)."""

from __future__ import annotations

from typing import Any

VERSION = "1.0.0"
TITLE = "Creator"
DESCRIPTION = (
    "Turns photos into finished pictures with preset workflows. Upload a photo, start a job, read its events, "
    "fetch the picture. Answers are JSON, times are ISO 8601 in UTC, sizes are bytes and pixels."
)
TAGS = {
    "uploads": "Photos that jobs are made from.",
    "jobs": "One picture each: start, watch, cancel and repeat.",
    "batches": "Jobs of one request.",
    "artifacts": "Finished files.",
    "events": "What happened to all jobs.",
    "presets": "What can be made, with which settings.",
    "models": "Models that the nodes have.",
    "drive": "Watched folders: photos come in, and results go out beside.",
    "webhooks": "Messages to an address of yours.",
    "usage": "What was used.",
    "billing": "Plans, credits and the caller's standing.",
    "account": "The caller, and what they did lately.",
    "keys": "API keys.",
    "auth": "Signing people in.",
}
"""Tag → description, in the order of the documentation."""
TAG_OF = {"plans": "billing", "dashboard": "account"}
"""First part of a path → its tag, where these differ."""

SECURITY = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key of the page `/account/keys/`.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or the access token that `login` answers with.",
    },
}


def _header(description: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind, **more}}


HEADERS = {
    "X-Request-ID": _header("The id of this request in our logs."),
    "X-RateLimit-Limit": _header("The number of the limit that allows fewest more.", "integer"),
    "X-RateLimit-Remaining": _header("How many it still allows.", "integer"),
    "X-RateLimit-Reset": _header("Seconds until the first of the counted ones no longer counts.", "integer"),
    "Retry-After": _header("Seconds after which a repeat makes sense.", "integer"),
    "Location": _header("The address of what was made.", format="uri-reference"),
    "Idempotency-Replayed": _header("The answer to an earlier request with the same key.", enum=["true"]),
    "Preference-Applied": _header("What of `Prefer` was done (RFC 7240, section 3)."),
    "Deprecation": _header("When this was deprecated (RFC 9745)."),
    "Sunset": _header("When this ends (RFC 8594)."),
    "Link": _header("Where the deprecation is explained (RFC 8288)."),
    "ETag": _header("Names this state; send it as `If-None-Match`."),
    "WWW-Authenticate": _header("How to authenticate, or which scope is missing (RFC 6750, section 3)."),
    "Allow": _header("The methods of this address."),
}
"""Headers of answers."""
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def _parameter(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    parameter = {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string", **schema},
    }
    return parameter | ({"required": True} if required else {})


MOST_BYTES = 10**15 - 1
PARAMETERS = {
    "Idempotency-Key": _parameter(
        "Idempotency-Key",
        "Makes a repeat safe: the same key and body get the first answer again, for 24 hours.",
        pattern="^[!-~]{1,255}$",
    ),
    "If-None-Match": _parameter(
        "If-None-Match", "An `ETag` of before: 304 without a body if nothing has changed."
    ),
    "Last-Event-ID": _parameter("Last-Event-ID", "The id of the last event received, to continue a stream."),
    "Prefer": _parameter(
        "Prefer", "`wait=30` waits up to that many seconds for the result (RFC 7240, section 4.3)."
    ),
    "Tus-Resumable": _parameter(
        "Tus-Resumable", "The version of tus that you speak.", required=True, enum=["1.0.0"]
    ),
    "Upload-Length": _parameter(
        "Upload-Length",
        "The bytes of the whole photo.",
        required=True,
        type="integer",
        minimum=1,
        maximum=MOST_BYTES,
    ),
    "Upload-Offset": _parameter(
        "Upload-Offset",
        "The byte of the photo at which this part begins.",
        required=True,
        type="integer",
        minimum=0,
        maximum=MOST_BYTES,
    ),
    "Upload-Metadata": _parameter(
        "Upload-Metadata",
        "`filename` and the name of the photo in Base64.",
        pattern=r"^filename ([A-Za-z0-9+/]{4})*$",
    ),
    "Upload-Checksum": _parameter(
        "Upload-Checksum",
        "`sha1` or `sha256`, and the digest of this part in Base64.",
        pattern=r"^(sha1 [A-Za-z0-9+/]{27}=|sha256 [A-Za-z0-9+/]{43}=)$",
    ),
}
"""Headers of requests, by name."""
