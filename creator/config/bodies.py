"""Bounds of what requests send, and of the disk that it waits on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from creator.config.declaration import setting


@dataclass(frozen=True)
class BodiesConfig:
    """`creator.http.bodies` applies them to every request, in each web process by itself."""

    uploads_per_person: int = setting(
        "UPLOADS_PER_PERSON",
        8,
        "uploads of one person at a time, per web process; pages send three at a time",
    )
    uploads_per_address: int = setting(
        "UPLOADS_PER_ADDRESS", 32, "uploads from one address at a time, per web process"
    )
    body_seconds: float = setting("BODY_SECONDS", 1800.0, "longest time in which a request's body may arrive")
    body_kib_per_second: float = setting(
        "BODY_KIB_PER_SECOND", 16.0, "slowest rate of a body; one that is slower for 20 seconds is ended"
    )
    keep_free_mib: int = setting(
        "KEEP_FREE_MIB",
        1024,
        "space on the disk of DATA_DIR that uploads leave free; below it they are refused",
    )
    keep_free_percent: float = setting(
        "KEEP_FREE_PERCENT", 2.0, "the same as a share of that disk; the larger of the two counts"
    )

    def check_bodies(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if self.uploads_per_person < 3:
            yield "UPLOADS_PER_PERSON must be at least 3, because pages send three at a time"
        if self.keep_free_mib < 0:
            yield "KEEP_FREE_MIB must be 0 or more"
        if not 0 <= self.keep_free_percent < 100:
            yield "KEEP_FREE_PERCENT must be at least 0 and below 100"
