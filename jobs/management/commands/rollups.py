"""Counts of ended jobs by hour: counts what is new, or counts past hours anew."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.rollups import count_ended, rebuild


class Command(BaseCommand):
    help = (
        "Counts the jobs that ended since the last call, by hour. rebuild: counts the jobs of past hours anew, without "
        "those that were deleted since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", choices=("count", "rebuild"), default="count")
        parser.add_argument(
            "--start", type=_hour, help="first hour to rebuild, such as 2027-03-01T09, in UTC"
        )
        parser.add_argument("--end", type=_hour, help="the hour after the last one")

    def handle(self, *, action: str, start: datetime | None, end: datetime | None, **options: Any) -> None:
        counted = count_ended()
        if action == "rebuild":
            if start is None or end is None:
                raise CommandError("rebuild needs --start and --end.")
            try:
                counted = rebuild(start, end)
            except ValueError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{counted} jobs counted.")


def _hour(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC)
