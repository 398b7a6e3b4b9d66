"""Invitations from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import sign_up
from accounts.emails import InvalidAddress
from accounts.models import Invitation


class Command(BaseCommand):
    help = (
        "Invites addresses to sign up, by mail; without an address, lists those who have not signed up yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", nargs="*", help="e-mail addresses")
        parser.add_argument("--withdraw", action="store_true", help="take their invitations back")

    def handle(self, *, email: list[str], withdraw: bool, **options: Any) -> None:
        act, done, undone = (
            (sign_up.withdraw, "is no longer invited", "was not invited")
            if withdraw
            else (sign_up.invite, "is invited", "is invited already or has an account")
        )
        for each in email:
            try:
                self.stdout.write(f"{each} {done if act(each) else undone}.")
            except InvalidAddress as error:
                raise CommandError(f"{each}: {error.message}") from error
        if not email:
            for waiting in Invitation.objects.order_by("created_at"):
                self.stdout.write(f"{waiting.created_at:%Y-%m-%d}  {waiting.email}")
