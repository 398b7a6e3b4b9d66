"""Celery's beat as a process of its own. Several may run: each periodic slot is worked once."""

from __future__ import annotations

from typing import Any

from celery.signals import beat_init
from django.core.management.base import BaseCommand

from creator.celery import app
from creator.lib.postgresql.patience import expect_prompt_replies


class Command(BaseCommand):
    help = "Sends the periodic tasks of the schedule (django_celery_beat's rows)."

    def handle(self, **options: Any) -> None:
        expect_prompt_replies()
        beat_init.connect(self._greet)
        app.Beat(
            loglevel="WARNING",
            max_interval=1,
        ).run()

    def _greet(self, **_: Any) -> None:
        self.stdout.write("Beat is on")
        self.stdout.flush()
