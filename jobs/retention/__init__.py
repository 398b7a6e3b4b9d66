"""Deletes stored files: purges those whose retention is over and collects those that no row names. Deletes jobs.

Objects are deleted before the rows that name them, so a failed deletion stays visible and is tried again.
This package does not decide how long a file stays: the code that writes a row sets its expiry. Job rows stay
until their owner deletes them, and ledger entries for ever.
"""

from jobs.retention.deletion import delete_job
from jobs.retention.orphans import collect_orphan_files
from jobs.retention.purge import Purged, purge_expired
from jobs.retention.removal import remove_photo
from jobs.retention.status import Overdue, overdue, overdue_rows

__all__ = [
    "Overdue",
    "Purged",
    "collect_orphan_files",
    "delete_job",
    "overdue",
    "overdue_rows",
    "purge_expired",
    "remove_photo",
]
