"""Formats of results, and the files that a child makes. Without Pillow: the worker's process imports it."""

from typing import Literal

ResultFormat = Literal["png", "jpeg", "webp"]
CONTENT_TYPES: dict[ResultFormat, str] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
EXTENSIONS: dict[ResultFormat, str] = {"png": "png", "jpeg": "jpg", "webp": "webp"}
SIGNATURES: dict[ResultFormat, bytes] = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff",
    "webp": b"RIFF",
}
"""How a file of each format begins."""

MAX_RESULT_PIXELS = 80_000_000
PREVIEW, THUMBNAIL, FLAT, REPORT = "preview.webp", "thumbnail.webp", "flat.png", "report.json"


def result_name(format: ResultFormat) -> str:
    """Returns the name of the result's file."""
    return f"result.{EXTENSIONS[format]}"
