"""What commands about a person share."""

from __future__ import annotations

from accounts.models import User
from creator.lib.errors import Refused


def find_person(email: str) -> User:
    """Raises Refused `not_found`."""
    person: User | None = User.objects.find(email)
    if person is None:
        raise Refused("not_found", f"There is no user {email}.")
    return person
