"""Connects the signals of lower packages to this one."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from drive.waiting import ask_for_result
from jobs.signals import job_ended


@receiver(job_ended)
def put_result_beside(job_id: Any, is_wanted: bool, **_: Any) -> None:
    """Costs the jobs of people without watched folders nothing."""
    if is_wanted:
        ask_for_result(job_id)
