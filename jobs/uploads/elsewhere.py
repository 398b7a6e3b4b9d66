"""Photos that an app above finds elsewhere, such as in a watched folder. It says here how it reads one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from accounts.models import User
from billing.plans import PlanLimits
from creator.lib.errors import Refused

Reads = Callable[[User, int, PlanLimits], AbstractContextManager[tuple[Path, str]]]
"""The person's file of that id, and its name; the copy is gone after the block. Holds no transaction meanwhile.

Raises Refused: `not_found` for another person's, `invalid_parameters` about the field `drive_file` if it cannot be
read any more, `body_too_large`, `service_unavailable`.
"""
_reads: list[Reads] = []


def register_elsewhere(reads: Reads) -> None:
    """Has `reads` read the files that requests name. Called once, when Django starts."""
    _reads[:] = [reads]


def read_elsewhere(owner: User, file_id: int, limits: PlanLimits) -> AbstractContextManager[tuple[Path, str]]:
    """The file by `Reads`. Raises Refused as that does, and `invalid_parameters` if no app reads such files."""
    if not _reads:
        advice = "No drive is connected. Send the photo to `/uploads`, and name it as `upload_id`."
        raise Refused("invalid_parameters", "Some fields need another look.", {"drive_file": advice})
    return _reads[0](owner, file_id, limits)
