"""A worker as a process of its own: Celery with threads on the given queues."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.core.management.base import BaseCommand

from creator.backends import QUEUES, queue_name
from creator.celery import app
from creator.lib.postgresql.patience import expect_prompt_replies
from jobs.execution.leases import keeper
from jobs.results.pool import result_decoders


class Command(BaseCommand):
    help = (
        "Runs jobs, deliveries and periodic tasks on WORKER_THREADS threads. Start one worker per processor."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--queues", default=",".join(QUEUES), help=f"which of {', '.join(QUEUES)}; default: all"
        )

    def handle(self, *, queues: str, **options: Any) -> None:
        expect_prompt_replies()
        result_decoders().keep()
        names = [queue_name(settings.CONFIG, name) for name in queues.split(",")]
        worker_ready.connect(self._greet)
        worker_shutting_down.connect(hand_over)
        app.worker_main(
            [
                "worker",
                # A unique name: the broker refuses a second worker of the same name, and process ids repeat
                # across machines.
                f"--hostname=worker-{uuid.uuid4().hex[:12]}@%h",
                "--pool=threads",
                f"--concurrency={settings.CONFIG.worker_threads}",
                f"--queues={','.join(names)}",
                "--without-gossip",
                "--without-mingle",
                "--loglevel=WARNING",
            ]
        )

    def _greet(self, **_: Any) -> None:
        self.stdout.write("Worker is on")
        self.stdout.flush()


def hand_over(**_: Any) -> None:
    """At the first signal, stops claiming and gives up the leases.

    Prompts stay on their nodes for the adopting worker.
    """
    keeper.stop()
