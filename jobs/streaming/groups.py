from __future__ import annotations

from uuid import UUID

from creator.lib.wakeups.in_process import wake_group


def job_group(job_id: UUID) -> str:
    return f"job.{job_id}"


def owner_group(owner_id: UUID) -> str:
    return f"owner.{owner_id}"


def wake_watchers(job_id: UUID, owner_id: UUID) -> None:
    """Wakes the watchers of the job and of its owner's lists."""
    wake_group(job_group(job_id), {"type": "look"})
    wake_group(owner_group(owner_id), {"type": "look", "job_id": str(job_id)})
