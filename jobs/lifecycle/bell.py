"""The doorbell that rings workers to run jobs (task `jobs.run_next`)."""

from creator.platform.doorbell import Doorbell

MOST_RINGS = 16
doorbell = Doorbell("jobs.run_next", most=MOST_RINGS)
