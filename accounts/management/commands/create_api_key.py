"""`manage.py create_api_key`: makes an API key and prints it once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.api_keys import make_api_key
from accounts.models import User

MOST_DAYS = 3650


class Command(BaseCommand):
    """Prints only the key to standard output, for use in scripts; messages go to standard error."""

    help = "Makes an API key for a user and prints it. It cannot be shown again: only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="e-mail address of the key's owner")
        parser.add_argument("--name", default="command line", help="name of the key")
        parser.add_argument("--days", type=int, help="days until it expires; default: never")

    def handle(self, *, email: str, name: str, days: int | None, **options: Any) -> None:
        owner = User.objects.find(email)
        if owner is None or not owner.is_active:
            raise CommandError(f"There is no active user {email}.")
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {MOST_DAYS}.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        key, secret = make_api_key(owner=owner, name=name, expires_at=expires_at)
        until = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "until it is revoked"
        self.stderr.write(
            f"{key.prefix}… works for {owner.shown_email} {until}. Keep it safe: it is not shown again."
        )
        self.stdout.write(secret)
