"""Makes webhooks, then tells them of events: `python -m benchmarks.due_hooks` reads lines of JSON.

The first line is {"name of a receiver": url, …}; the answer is one line, {name: secret, …}. Each line after it,
{"to": name, "number": n}, is an event of the receiver alone, committed before the next line is read.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

TYPE = "job.completed"


def make_webhooks(urls: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """A person for each receiver: one event goes to one of them. Returns name → owner's id, and name → secret."""
    from accounts.models import User
    from creator.demo import endow
    from jobs.webhooks import add_webhook

    owners, secrets = {}, {}
    for name, url in urls.items():
        owner = User.objects.create_user(f"{name}@example.org")
        endow(owner)
        _, secrets[name] = add_webhook(owner=owner, url=url, events=[TYPE])
        owners[name] = owner.pk
    return owners, secrets


def tell_of(owner_id: Any, number: int) -> None:
    from django.db import transaction
    from django.utils import timezone

    from jobs.webhooks.events import Event, tell

    data = {"number": number, "told_at": time.time()}
    with transaction.atomic():
        tell(owner_id, [Event(f"evt_{number}", TYPE, timezone.now(), data, number)])


def main() -> None:
    owners, secrets = make_webhooks(json.loads(sys.stdin.readline()))
    print(json.dumps(secrets), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        tell_of(owners[asked["to"]], asked["number"])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    main()
