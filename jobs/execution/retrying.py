"""Retries calls that storage or a node fails to serve for a moment, as long as the lease holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import inf
from typing import TypeVar

import structlog

from creator.lib.storage.errors import STORAGE_ERRORS, is_missing
from jobs.execution.leases import Lease

log = structlog.get_logger(__name__)
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
STORAGE_PAUSES_S = (*PAUSES_S, *[8.0] * 75)
"""Ten minutes in all.

While storage is down no other job could finish either, and waiting costs no node time for a second try.
"""
T = TypeVar("T")


def with_retries(
    lease: Lease, call: Callable[[], T], errors: tuple[type[Exception], ...], *, within_s: float
) -> T:
    """Returns `call()`, retried after each of PAUSES_S on one of `errors`, until `within_s` have passed.

    Raises the last error, or LeaseLost.
    """
    return _try(lease, call, errors, PAUSES_S, time.monotonic() + within_s)


def wait_for_storage(lease: Lease, call: Callable[[], T]) -> T:
    """As `with_retries`, for storage errors and with STORAGE_PAUSES_S.

    A missing file or a cancel request ends the retries.
    """
    return _try(lease, call, STORAGE_ERRORS, STORAGE_PAUSES_S)


def _try(
    lease: Lease,
    call: Callable[[], T],
    errors: tuple[type[Exception], ...],
    pauses: Sequence[float],
    until: float = inf,
) -> T:
    for pause in pauses:
        lease.check()
        try:
            return call()
        except errors as error:
            if is_missing(error) or lease.cancel_requested or time.monotonic() > until:
                raise
            log.warning("tried_again", reason=repr(error)[:300], pause_s=pause)
        lease.pause(pause)
    lease.check()
    return call()
