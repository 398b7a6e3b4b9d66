"""The decoders of this installation's results, apart from those of photos: neither waits for the other."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from jobs.decoders import Pool


def result_decoders() -> Pool:
    """The pool that all workers with this DATA_DIR on this machine share."""
    return _pool(settings.DATA_DIR / "decoders")


@cache
def _pool(folder: Path) -> Pool:
    return Pool(folder, tasks="jobs.results.tasks")
