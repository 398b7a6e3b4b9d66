"""Puts many jobs into the queue at one moment, as one commit: `python -m benchmarks.burst PRESET COUNT SECONDS`.

Runs in a process of its own on the product's data and prints when it committed, in seconds since 1970.
"""

from __future__ import annotations

import os
import sys
import time
import uuid

from benchmarks.site import DEMO_EMAIL


def submit_all(preset: str, count: int, seconds: float) -> float:
    """`count` jobs of a preset without a photo, for the demo account. Returns the time before the commit."""
    from django.db import transaction

    from accounts.models import User
    from jobs.catalogue import get_offered
    from jobs.lifecycle import submit_batch

    owner, offered = User.objects.get(email=DEMO_EMAIL), get_offered(preset)
    with transaction.atomic():
        for _ in range(count):
            submit_batch(
                owner=owner,
                offered=offered,
                uploads=(),
                values={"seconds": seconds},
                seed=None,
                output_format="png",
                key=uuid.uuid4(),
            )
        return time.time()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    print("committed", submit_all(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
