from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from creator.lib.wakeups.in_process import wake_group


def job_group(job_id: UUID) -> str:
    return f"job.{job_id}"


def owner_group(owner_id: UUID) -> str:
    return f"owner.{owner_id}"


def wake_watchers(job_id: UUID, owner_id: UUID, *, moved: bool = False) -> None:
    """Wakes the watchers of the job and of its owner's lists, and of the owner's feed if the job `moved`."""
    wake_group(job_group(job_id), {"type": "look"})
    wake_group(owner_group(owner_id), {"type": "look", "job_id": str(job_id), "moved": moved})


def is_about_a_move(message: Mapping[str, Any]) -> bool:
    """Whether a message to the group of an owner concerns the feed. A message about no job asks all to look."""
    return bool(message.get("moved", True))
