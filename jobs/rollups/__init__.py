"""Counts of ended jobs by hour, from which pages draw what happened. A job that is deleted later stays counted."""

from jobs.rollups.counting import count_ended, old_rollups, rebuild
from jobs.rollups.series import Hour, percentile_wait, read_hours

__all__ = ["Hour", "count_ended", "old_rollups", "percentile_wait", "read_hours", "rebuild"]
