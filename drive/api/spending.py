"""What a key with a spend cap may not do: have pictures made that its cap does not count."""

from __future__ import annotations

from rest_framework.request import Request

from accounts.callers import principal_of
from billing.ledger import has_cap
from creator.lib.errors import Refused

CAPPED = (
    "This key has a spend cap, which does not count what folders spend. Do this on the page of folders, or with a key "
    "without a cap."
)


def require_no_cap(request: Request) -> None:
    """Raises Refused `not_allowed`. What a folder makes is charged to its owner, and to no key."""
    key_id = principal_of(request).api_key_id
    if key_id and has_cap(key_id):
        raise Refused("not_allowed", CAPPED)
