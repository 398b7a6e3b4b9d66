"""Periodic tasks of billing. Tasks have explicit names, no arguments and no results."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import structlog
from celery import shared_task

from billing.ledger import bring_all_up_to_date, find_drift
from billing.notifications import trials
from billing.payments import look, reconcile
from creator.lib.bounds import DATABASE_UPKEEP_REPLY_S
from creator.lib.postgresql.patience import replies_within
from creator.platform.audit import write_audit_line
from creator.platform.periodic import once_per_slot

log = structlog.get_logger(__name__)
MOST_REPORTED = 20


@shared_task(name="billing.bring_up_to_date")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("billing.bring_up_to_date", timedelta(hours=1))
def bring_up_to_date() -> None:
    """Expires credits and starts periods of accounts that were not used since they were due."""
    bring_all_up_to_date()


@shared_task(name="billing.ledger_audit")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("billing.ledger_audit", timedelta(days=1))
def ledger_audit() -> None:
    """Logs an error and writes an audit line for staff if balances differ from the entries."""
    if drift := find_drift():
        first = [asdict(line) for line in drift[:MOST_REPORTED]]
        log.error("ledger_drift", differences=len(drift), first=first)
        write_audit_line("ledger_drift", "ledger", {"differences": len(drift), "first": first})


@shared_task(name="billing.look_at_customers")
@replies_within(DATABASE_UPKEEP_REPLY_S)
def look_at_customers() -> None:
    """May run twice in one period: each customer is leased."""
    look.look_at_customers()


@shared_task(name="billing.catch_up_events")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("billing.catch_up_events", timedelta(hours=1))
def catch_up_events() -> None:
    reconcile.catch_up()


@shared_task(name="billing.look_at_all_customers")
@replies_within(DATABASE_UPKEEP_REPLY_S)
@once_per_slot("billing.look_at_all_customers", timedelta(days=1))
def look_at_all_customers() -> None:
    reconcile.want_all(over=reconcile.NIGHT)


@shared_task(name="billing.remind_of_trials")
@once_per_slot("billing.remind_of_trials", timedelta(hours=1))
def remind_of_trials() -> None:
    """Reminds people of trials that end within three days."""
    trials.remind_of_trials()
