"""The decoders of this installation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from jobs.decoders import Pool


def decoders() -> Pool:
    """The pool that all processes with this DATA_DIR on this machine share."""
    return _pool(settings.DATA_DIR / "decoders")


@cache
def _pool(folder: Path) -> Pool:
    return Pool(folder, tasks="jobs.uploads.tasks")
