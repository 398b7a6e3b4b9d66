"""Adjustments of credits from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand

from billing.by_hand import adjust_credits
from billing.ledger import credit_account_of
from billing.management.people import find_person
from creator.lib.action_command import refusals_as_errors
from creator.lib.formatting import count


class Command(BaseCommand):
    help = "Adds credits to a user's account, or takes them, with a reason that stays in the ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="e-mail address of the user")
        parser.add_argument("amount", type=int, help="credits to add; -50 takes 50")
        parser.add_argument("--reason", required=True, help="why; write no names or addresses")
        parser.add_argument(
            "--key", type=UUID, default=None, help="a UUID of your own: a repeat with it changes nothing"
        )

    def handle(self, *, email: str, amount: int, reason: str, key: UUID | None, **options: Any) -> None:
        with refusals_as_errors():
            owner = find_person(email)
            is_new = adjust_credits(owner=owner, amount=amount, reason=reason, key=key or uuid4())
        left = count(credit_account_of(owner.pk).available, "credit")
        self.stdout.write(f"{email} has {left}." if is_new else f"This was done before: {email} has {left}.")
