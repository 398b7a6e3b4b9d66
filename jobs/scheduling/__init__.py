"""Decides when and where a job runs: claiming, placement (a pure function), the sweep and the estimates.

This package only reads jobs. To change one it calls `jobs.lifecycle`; the sweep also frees leaked slots
itself.
"""

from jobs.scheduling.claims import claim_next, read_wishes
from jobs.scheduling.estimate import Wait, estimate_waits
from jobs.scheduling.pool import count_runners
from jobs.scheduling.sweep import sweep
from jobs.scheduling.unclaimed import jobs_go_unclaimed

__all__ = [
    "Wait",
    "claim_next",
    "count_runners",
    "estimate_waits",
    "jobs_go_unclaimed",
    "read_wishes",
    "sweep",
]
