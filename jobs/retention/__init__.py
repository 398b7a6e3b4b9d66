"""When files go: what expired is purged, what no row names is collected, bookkeeping is pruned.

Objects go before the rows that name them, so that a failure is tried again and can be seen. Nothing here decides how
long something is kept: whoever writes a row writes its expiry. Job rows and ledgers stay for good.
"""

from jobs.retention.orphans import collect_orphan_files
from jobs.retention.prune import prune
from jobs.retention.purge import Purged, purge_expired
from jobs.retention.status import Overdue, overdue, overdue_rows

__all__ = [
    "Overdue",
    "Purged",
    "collect_orphan_files",
    "overdue",
    "overdue_rows",
    "prune",
    "purge_expired",
]
