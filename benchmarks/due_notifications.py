"""Adds notifications in one transaction: `python -m benchmarks.due_notifications COUNT [MUTANT]`.

Prints what is expected of each as JSON, a list of [name, address, told]. Every event is reported twice, as a caller
does that cannot know whether its first report was committed. In turn each is one of SORTS.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

PEOPLE = 100
SORTS = 5
"""Of five notifications two are about keys, which go at once, and three about pictures, which are told together."""
UNWANTED, ASLEEP = 1, 2
"""Of ten people one wants no mails about pictures, and one has quiet hours."""


def add_notifications(count: int) -> list[tuple[str, str, bool]]:
    """Name, address and whether a mail has to tell of it now."""
    from django.db import transaction

    from accounts.notifications import kinds, notify
    from jobs.notifications import JOB_DONE

    people = _people()
    expected = []
    with transaction.atomic():
        for number in range(count):
            person, turn = people[number // SORTS % PEOPLE], number // SORTS % 10
            is_key, name = number % SORTS < 2, f"n-{number}."
            kind, one = (kinds.KEY_MADE, {}) if is_key else (JOB_DONE, {"count": 1})
            for _ in range(2):
                notify(kind, person, event_id=str(number), facts={**kind.sample, **one, "name": name})
            expected.append((name, person.email, is_key or turn not in (UNWANTED, ASLEEP)))
    return expected


def _people() -> list[Any]:
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from accounts.models import MailSchedule, NotificationPreference, User

    people = [User.objects.create_user(f"person{number}@example.org") for number in range(PEOPLE)]
    EmailAddress.objects.bulk_create(
        EmailAddress(user=each, email=each.email, verified=True, primary=True) for each in people
    )
    NotificationPreference.objects.bulk_create(
        NotificationPreference(user=each, kind="job_done", mail=False) for each in people[UNWANTED::10]
    )
    begin, end = ((timezone.now() + timedelta(hours=hours)).time() for hours in (-2, 2))
    MailSchedule.objects.bulk_create(
        MailSchedule(user=each, quiet_from=begin, quiet_until=end) for each in people[ASLEEP::10]
    )
    return people


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    if len(sys.argv) > 2:
        from benchmarks.mutants import MUTANTS

        MUTANTS[sys.argv[2]]()
    print(json.dumps(add_notifications(int(sys.argv[1]))))
