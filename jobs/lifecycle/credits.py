"""What a job has in the ledger: the reference of its hold, and the lines that its owner reads."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.enums import LineKind
from billing.ledger import Line, lines_of
from jobs.models import Job


def reference_of(job_id: UUID) -> str:
    """The reference of the job's hold in the ledger."""
    return f"job:{job_id}"


def lines_of_jobs(jobs: Sequence[Job]) -> dict[UUID, list[Line]]:
    """What happened to the credits of each job, oldest first: quoted, held, then charged or returned. One query."""
    moved = lines_of([reference_of(job.id) for job in jobs])
    return {
        job.id: [Line(LineKind.QUOTED, job.price, job.created_at), *moved[reference_of(job.id)]]
        for job in jobs
    }
