"""Retention from the command line: shows overdue files, or purges at once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creator.lib.storage.errors import STORAGE_ERRORS
from creator.platform.pruning import prune
from jobs.retention import collect_orphan_files, overdue, overdue_rows, purge_expired


class Command(BaseCommand):
    help = (
        "Shows which expired files are still there, or deletes expired files and files that no row refers to."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", choices=["status", "run"], default="status")

    def handle(self, *, action: str, **options: Any) -> None:
        if action == "run":
            self._run()
        self._status()

    def _run(self) -> None:
        purged = purge_expired()
        self.stdout.write(
            f"Purged {purged.artifacts} results and {purged.uploads} photos, {purged.bytes} bytes;"
            f" {purged.failures} could not be deleted."
        )
        try:
            collected = collect_orphan_files()
        except STORAGE_ERRORS as error:
            raise CommandError(f"The storage cannot be listed: {error}") from error
        self.stdout.write(f"Deleted {collected.files} of {collected.seen} files that no row referred to.")
        prune()

    def _status(self) -> None:
        for kind in overdue():
            since = f" since {kind.since:%Y-%m-%d %H:%M} UTC" if kind.since else ""
            self.stdout.write(f"{kind.kind}\t{kind.files} overdue{since}\t{kind.failing} failing")
        for row in overdue_rows():
            self.stdout.write(
                f"{row._meta.model_name}:{row.pk}\t{row.purge_failures} failures"
                f"\tnext try after {row.purge_after:%Y-%m-%d %H:%M} UTC"
            )
