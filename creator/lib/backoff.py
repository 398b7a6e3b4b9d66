"""Exponential back-off with jitter, so that clients that failed together do not retry together."""

from __future__ import annotations

import random

JITTER = 0.25


def backoff_s(failures: int, *, first_s: float, longest_s: float) -> float:
    """Seconds to wait after `failures` earlier failures: `first_s`, doubled each time up to `longest_s`, ± 25 %."""
    wait_s = min(first_s * 2.0 ** min(failures, 64), longest_s)
    return wait_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  (not a secret)
