"""When a job runs: placement (pure), the snapshot it decides on, the sweep, and honest estimates."""

from jobs.scheduling.estimate import Wait, estimate_waits
from jobs.scheduling.snapshot import place_jobs
from jobs.scheduling.sweep import sweep

__all__ = ["Wait", "estimate_waits", "place_jobs", "sweep"]
