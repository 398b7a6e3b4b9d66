"""Queues many jobs in one commit: `python -m benchmarks.burst PRESET COUNT SECONDS`.

Runs as a separate process on the product's data and prints the time of the commit, in seconds since 1970.
"""

from __future__ import annotations

import os
import sys
import time
import uuid

from benchmarks.site import DEMO_EMAIL


def submit_all(preset: str, count: int, seconds: float) -> float:
    """Submits `count` jobs of a preset without a photo for the demo account.

    Returns the time just before the commit.
    """
    from django.db import transaction

    from accounts.models import User
    from jobs.catalogue import get_offered
    from jobs.lifecycle import JobRequest, submit_batch

    owner, offered = User.objects.get(email=DEMO_EMAIL), get_offered(preset)
    with transaction.atomic():
        for _ in range(count):
            request = JobRequest(owner=owner, preset=offered, parameters={"seconds": seconds})
            submit_batch(request, key=uuid.uuid4())
        return time.time()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    print("committed", submit_all(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
