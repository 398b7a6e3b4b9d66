"""Adds mails to the outbox in one transaction: `python -m benchmarks.due_mails COUNT`."""

from __future__ import annotations

import os
import sys


def add_mails(count: int) -> None:
    """Sends to unknown addresses: such a mail needs no other rows."""
    from django.db import transaction
    from django.test import RequestFactory

    from accounts.notifications.mail import send_later

    request = RequestFactory().get("/", HTTP_HOST="127.0.0.1")
    with transaction.atomic():
        for number in range(count):
            context = {"signup_url": "http://127.0.0.1/accounts/signup/"}
            send_later("account/email/unknown_account", f"person{number}@example.org", context, request)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    add_mails(int(sys.argv[1]))
