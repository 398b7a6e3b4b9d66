from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Notification, User
from accounts.notifications.kind import Kind
from accounts.notifications.site import site_address
from creator.platform.outbox import add_delivery

MAIL = "mail"
"""The kind of delivery."""
FOLD_S = 120
"""How long a digested notification waits for others, so that they can be told in one mail."""


def notify(
    kind: Kind,
    user: User | None,
    *,
    event_id: str,
    facts: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> None:
    """Tells a person of an event, in the transaction of the event: inserts rows, reads none.

    Of repeated calls with the same kind, person and `event_id` (up to 60 characters), one counts. `facts` are the
    kind's: ids, times and harmless words. `to` is an address other than the account's main one. Without a `user`, the
    address belongs to no account. What the person turned off is left out when the mail is sent or the page is shown.
    """
    facts = facts or {}
    kind.check_facts(facts)
    stored = {name: _stored(value) for name, value in facts.items()}
    if user is not None and (kind.on_page or kind.digested):
        row = Notification(user=user, kind=kind.name, event_id=event_id, facts=stored)
        Notification.objects.bulk_create([row], ignore_conflicts=True)
    address = to or (user.email if user else "")
    add_delivery(
        kind=MAIL,
        destination=address,
        event_id=f"{kind.name}:{event_id}",
        payload={
            "kind": kind.name,
            "user_id": str(user.pk) if user else None,
            "site": site_address(),
            "facts": stored,
        },
        wait_s=FOLD_S if kind.digested else 0,
    )


def read_facts(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a row, with their times."""
    return {
        name: datetime.fromisoformat(value) if name == "at" or name.endswith("_at") else value
        for name, value in stored.items()
    }


def _stored(value: object) -> object:
    return (
        value.isoformat() if isinstance(value, datetime) else value if isinstance(value, int) else str(value)
    )
