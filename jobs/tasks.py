"""Tasks are one more edge: a doorbell and two ticks. Explicit names, no arguments, no results."""

from __future__ import annotations

from celery import shared_task

from jobs import nodes, scheduling
from jobs.worker import run_until_idle


@shared_task(name="jobs.run_next")
def run_next() -> None:
    run_until_idle()


@shared_task(name="jobs.sweep")
def sweep() -> None:
    scheduling.sweep()


@shared_task(name="jobs.check_nodes")
def check_nodes() -> None:
    nodes.check_nodes()
