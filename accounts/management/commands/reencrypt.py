"""Encrypts stored secrets with the present SECRET_KEY, before an old key is dropped from SECRET_KEY_FALLBACKS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.encryption import renew_all
from creator.lib.formatting import count


class Command(BaseCommand):
    help = "Encrypt the secrets of second factors and webhooks with the present SECRET_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed, unreadable = renew_all()
        self.stdout.write(f"{count(renewed, 'secret')} encrypted with the present key.")
        if unreadable:
            raise CommandError(
                f"{count(unreadable, 'secret')} cannot be read: the key is not in SECRET_KEY_FALLBACKS. "
                "Owners of such second factors need their recovery codes or passkeys, or staff remove the factor; "
                "owners of webhooks make new secrets."
            )
