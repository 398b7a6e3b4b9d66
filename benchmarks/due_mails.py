"""Adds mails to the outbox in one transaction: `python -m benchmarks.due_mails COUNT`."""

from __future__ import annotations

import os
import sys


def add_mails(count: int) -> None:
    """Sends to unknown addresses: such a mail needs no other rows."""
    from django.db import transaction

    from accounts.notifications import kinds, notify

    with transaction.atomic():
        for number in range(count):
            notify(kinds.UNKNOWN_ACCOUNT, None, event_id=str(number), to=f"person{number}@example.org")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    add_mails(int(sys.argv[1]))
