"""Encrypts stored secrets with the present SECRET_KEY, before an old key is dropped from SECRET_KEY_FALLBACKS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.factors import renew_secrets
from creator.lib.formatting import count


class Command(BaseCommand):
    help = "Encrypt the secrets of second factors with the present SECRET_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed, unreadable = renew_secrets()
        self.stdout.write(f"{count(renewed, 'secret')} encrypted with the present key.")
        if unreadable:
            raise CommandError(
                f"{count(unreadable, 'secret')} cannot be read: the key is not in SECRET_KEY_FALLBACKS. "
                "Their owners need their recovery codes or passkeys, or staff remove the factor."
            )
