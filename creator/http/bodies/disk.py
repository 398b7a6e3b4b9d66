"""Refuses uploads before the disk that they wait on is full."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings

from creator.lib.errors import Refused

log = structlog.get_logger(__name__)
MIB = 1024 * 1024
LOOKED_AFTER_BYTES = 8 * MIB
RETRY_AFTER_S = 30


class Promise:
    """The bytes of one body that have yet to arrive."""

    def __init__(self, size: int) -> None:
        self.left = size
        self._since_look = 0

    def arrived(self, count: int) -> None:
        """Raises Refused `service_unavailable` if the disk has filled up since the upload began."""
        self.left = max(0, self.left - count)
        self._since_look += count
        if self._since_look >= LOOKED_AFTER_BYTES:
            self._since_look = 0
            _require(0)


class Disk:
    """The disk of DATA_DIR. Only the event loop uses it."""

    def __init__(self) -> None:
        self._promises: set[Promise] = set()

    @contextmanager
    def room_for(self, size: int) -> Iterator[Promise]:
        """Raises Refused `service_unavailable` if too little would stay free.

        Counts what the bodies that are still arriving will need.
        """
        _require(size + sum(each.left for each in self._promises))
        promise = Promise(size)
        self._promises.add(promise)
        try:
            yield promise
        finally:
            self._promises.remove(promise)


def has_room() -> bool:
    """Whether uploads are accepted: more than KEEP_FREE_MIB and KEEP_FREE_PERCENT of the disk are free."""
    return _spare() >= 0


def _spare() -> int:
    """Bytes that may still be written; negative: too little is free."""
    disk = shutil.disk_usage(settings.DATA_DIR)
    percent: float = settings.CONFIG.keep_free_percent
    kept = max(settings.CONFIG.keep_free_mib * MIB, int(disk.total * percent / 100))
    return disk.free - kept


def _require(wanted: int) -> None:
    spare = _spare()
    if wanted > spare:
        log.error("disk_nearly_full", spare_mib=spare // MIB, wanted_mib=wanted // MIB)
        raise no_room()


def no_room() -> Refused:
    """The refusal of an upload because the disk is (nearly) full."""
    return Refused(
        "service_unavailable",
        "We have no room for photos at the moment. Try again in a few minutes.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
