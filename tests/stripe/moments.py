"""Moments as tests write them, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def at(text: str) -> datetime:
    """`2026-02-28T12:00` as a datetime."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seconds(text: str) -> int:
    """The same in seconds since 1970."""
    return int(at(text).timestamp())
