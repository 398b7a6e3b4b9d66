"""Trying again while the lease holds: what a storage or a node refuses for a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from creator.lib.storage_errors import STORAGE_ERRORS, is_missing
from jobs.execution.leases import Lease

log = structlog.get_logger(__name__)
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
STORAGE_PAUSES_S = (*PAUSES_S, *[8.0] * 75)
"""Ten minutes: without the storage no other job would get further, so whoever waits burns no node's time on a second try."""
T = TypeVar("T")


def patiently(lease: Lease, call: Callable[[], T], errors: tuple[type[Exception], ...]) -> T:
    """What `call` returns, tried once more after each of PAUSES_S. Raises its last error, or LeaseLost."""
    return _try(lease, call, errors, PAUSES_S)


def wait_for_storage(lease: Lease, call: Callable[[], T]) -> T:
    """The same with STORAGE_PAUSES_S. Not waited for: a file that is not there, and a job that is to be cancelled."""
    return _try(lease, call, STORAGE_ERRORS, STORAGE_PAUSES_S)


def _try(
    lease: Lease, call: Callable[[], T], errors: tuple[type[Exception], ...], pauses: Sequence[float]
) -> T:
    for pause in pauses:
        lease.check()
        try:
            return call()
        except errors as error:
            if is_missing(error) or lease.cancel_requested:
                raise
            log.warning("tried_again", reason=repr(error)[:300], pause_s=pause)
        lease.pause(pause)
    lease.check()
    return call()
