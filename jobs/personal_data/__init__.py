"""What jobs store about a person, for the export and for the erasure of accounts (`accounts.registry`)."""

from accounts.registry import PersonalData
from jobs.personal_data.erasing import (
    delete_jobs,
    delete_photos,
    delete_webhooks,
    is_left,
    overwrite_on_nodes,
    stop_jobs,
)
from jobs.personal_data.exporting import files_of, rows_of

JOBS = PersonalData(
    "jobs",
    rows=rows_of,
    files=files_of,
    erase=(delete_webhooks, stop_jobs, overwrite_on_nodes, delete_jobs, delete_photos),
    is_left=is_left,
)

__all__ = ["JOBS", "delete_photos"]
