"""When a job runs: placement (pure), the snapshot it decides on, claiming, the sweep, and honest estimates.

Rows of jobs are only read here; what changes them is jobs.lifecycle.
"""

from jobs.scheduling.claiming import claim_next
from jobs.scheduling.estimate import Wait, estimate_waits
from jobs.scheduling.snapshot import place_jobs
from jobs.scheduling.sweep import sweep

__all__ = ["Wait", "claim_next", "estimate_waits", "place_jobs", "sweep"]
