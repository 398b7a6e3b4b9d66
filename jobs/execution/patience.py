"""Trying again while the lease holds: what a storage or a node refuses for a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from creator.lib.storage_errors import STORAGE_ERRORS, is_missing
from jobs.execution.leases import Lease

log = structlog.get_logger(__name__)
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
T = TypeVar("T")


def patiently(lease: Lease, call: Callable[[], T], errors: tuple[type[Exception], ...] = STORAGE_ERRORS) -> T:
    """What `call` returns, tried once more after each of PAUSES_S. Raises its last error, or LeaseLost.

    A file that is not there is not waited for.
    """
    for pause in PAUSES_S:
        lease.check()
        try:
            return call()
        except errors as error:
            if is_missing(error):
                raise
            log.warning("tried_again", reason=repr(error)[:300], pause_s=pause)
        lease.pause(pause)
    lease.check()
    return call()
