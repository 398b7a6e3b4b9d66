"""Celery tasks: the ring that workers answer, and the periodic tasks of jobs.

Explicit names, no arguments, no results. The sweep and the drop of strays may run twice in one period,
because that does no harm. Every other periodic task inserts its slot row first.
"""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from creator.lib.bounds import DATABASE_UPKEEP_REPLY_S
from creator.lib.postgresql.patience import replies_within
from creator.platform.periodic import once_per_slot
from jobs import nodes, retention, rollups, scheduling
from jobs.worker import run_until_idle


@shared_task(name="jobs.run_next")
def run_next() -> None:
    run_until_idle()


@shared_task(name="jobs.sweep")
def sweep() -> None:
    scheduling.sweep()


@shared_task(name="jobs.check_nodes")
@once_per_slot("jobs.check_nodes", timedelta(seconds=5))  # a second check would count the same fault twice
def check_nodes() -> None:
    nodes.check_nodes()


@shared_task(name="jobs.drop_strays")
def drop_strays() -> None:
    nodes.drop_recent_strays()


@shared_task(name="jobs.clear_nodes")
@once_per_slot("jobs.clear_nodes", timedelta(minutes=1))
def clear_nodes() -> None:
    nodes.clear_nodes()


@shared_task(name="jobs.purge_expired")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("jobs.purge_expired", timedelta(minutes=10))
def purge_expired() -> None:
    retention.purge_expired()


@shared_task(name="jobs.collect_orphan_files")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("jobs.collect_orphan_files", timedelta(days=1))
def collect_orphan_files() -> None:
    retention.collect_orphan_files()


@shared_task(name="jobs.count_ended")
@once_per_slot("jobs.count_ended", timedelta(minutes=1))
def count_ended() -> None:
    rollups.count_ended()
