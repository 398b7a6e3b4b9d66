"""Erasures of accounts: lists those that are open, retries one that fails, and erases an account at once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from accounts.erasure import erase_now, open_erasures, retry_erasure
from creator.lib.action_command import ActionCommand


class Command(ActionCommand):
    help = "Lists erasures of accounts that are not done, retries one, or erases an account without a grace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="show open erasures, failing ones first")
        actions.add_parser("retry", help="try a failing one now").add_argument("id", type=UUID)
        now = actions.add_parser("now", help="erase an account at once; nothing brings it back")
        now.add_argument("email")
        now.add_argument("--yes", action="store_true", help="do not ask")

    def _list(self, options: dict[str, Any]) -> None:
        for row in open_erasures():
            state = "begun" if row.begun_at else "scheduled"
            self.stdout.write(
                f"{row.pk}\tuser {row.user_id}\t{state}\tdue {row.due_at:%Y-%m-%d %H:%M} UTC"
                f"\t{row.failures} failures\t{row.last_error}"
            )

    def _retry(self, options: dict[str, Any]) -> None:
        retry_erasure(options["id"])
        self.stdout.write(f"Erasure {options['id']} is due now.")

    def _now(self, options: dict[str, Any]) -> None:
        sure = options["yes"] or input(f"Erase {options['email']} for good? Type yes: ") == "yes"
        if sure:
            erasure = erase_now(options["email"])
            self.stdout.write(f"Erasure {erasure.pk} begins within seconds.")
