"""A worker on a machine whose clock is ahead.

Run it in the environment of the installation: `python -m tests.e2e.degradation.early_worker SECONDS`.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    from django.core.management import call_command

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=int(sys.argv[1]))):
        call_command("worker")


if __name__ == "__main__":
    main()
