"""Tasks are one more edge: a doorbell and what beat rings for. Explicit names, no arguments, no results.

The sweep may run doubled: rings and guarded UPDATEs do no harm. All other periodic work takes its slot first.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import structlog
from celery import shared_task

from accounts.audit import note
from billing.ledger import audit
from jobs import nodes, retention, scheduling
from jobs.beat import once_per_slot
from jobs.worker import run_until_idle

log = structlog.get_logger(__name__)
DRIFT_KEPT = 20


@shared_task(name="jobs.run_next")
def run_next() -> None:
    run_until_idle()


@shared_task(name="jobs.sweep")
def sweep() -> None:
    scheduling.sweep()


@shared_task(name="jobs.check_nodes")
@once_per_slot("jobs.check_nodes", timedelta(seconds=5))  # faults are counted, and by that many beats
def check_nodes() -> None:
    nodes.check_nodes()


@shared_task(name="jobs.purge_expired")
@once_per_slot("jobs.purge_expired", timedelta(minutes=10))
def purge_expired() -> None:
    retention.purge_expired()


@shared_task(name="jobs.prune")
@once_per_slot("jobs.prune", timedelta(hours=1))
def prune() -> None:
    retention.prune()


@shared_task(name="jobs.collect_orphan_files")
@once_per_slot("jobs.collect_orphan_files", timedelta(days=1))
def collect_orphan_files() -> None:
    retention.collect_orphan_files()


@shared_task(name="billing.ledger_audit")
@once_per_slot("billing.ledger_audit", timedelta(days=1))
def ledger_audit() -> None:
    """An error in the log and a line for staff where balances are not what the entries say."""
    if drift := audit():
        first = [asdict(line) for line in drift[:DRIFT_KEPT]]
        log.error("ledger_drift", differences=len(drift), first=first)
        note("ledger_drift", "ledger", {"differences": len(drift), "first": first})
