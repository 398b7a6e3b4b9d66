from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creator.platform.models import Delivery
from creator.platform.outbox.bell import doorbell


def add_delivery(*, kind: str, destination: str, event_id: str, payload: Mapping[str, Any]) -> None:
    """Writes the delivery in the caller's transaction.

    Repeated calls add one delivery per destination and event.

    `payload` holds the ids from which the kind's handler builds the message when it sends it.
    """
    row = Delivery(kind=kind, destination=destination, event_id=event_id, payload=dict(payload))
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    doorbell.ring_after_commit()
