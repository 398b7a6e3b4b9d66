"""Makes people whose addresses are confirmed: `python -m benchmarks.known_people COUNT`, known-0@example.org and so on."""

from __future__ import annotations

import os
import sys


def make_known_people(count: int) -> None:
    """All with one password, which is hashed once."""
    from allauth.account.models import EmailAddress
    from django.contrib.auth.hashers import make_password

    from accounts.models import User

    password = make_password("correct horse battery")
    people = [User(email=f"known-{number}@example.org", password=password) for number in range(count)]
    User.objects.bulk_create(people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    make_known_people(int(sys.argv[1]))
