from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox.bell import doorbell


def add_delivery(
    *, kind: str, destination: str, event_id: str, payload: Mapping[str, Any], wait_s: float = 0
) -> None:
    """Writes the delivery in the caller's transaction; it is due in `wait_s` seconds.

    Repeated calls add one delivery per destination and event.

    `payload` holds the ids from which the kind's handler builds the message when it sends it.
    """
    row = Delivery(kind=kind, destination=destination, event_id=event_id, payload=dict(payload))
    if not wait_s:
        add_deliveries([row])
        return
    row.due_at = database_now(wait_s)
    Delivery.objects.bulk_create([row], ignore_conflicts=True)


def add_deliveries(rows: Iterable[Delivery]) -> None:
    """The same for new rows that are due now, in one statement."""
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    doorbell.ring_after_commit()
