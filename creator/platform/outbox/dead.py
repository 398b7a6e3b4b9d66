from __future__ import annotations

from django.db.models import QuerySet

from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.platform.models import Delivery
from creator.platform.outbox.bell import doorbell


def dead_deliveries() -> QuerySet[Delivery]:
    """Dead deliveries, newest first."""
    return Delivery.objects.filter(dead_at__isnull=False).order_by("-dead_at")


def retry_delivery(delivery_id: int) -> None:
    """Makes a dead delivery due again, for three more days.

    Raises Refused: `not_found`, or `too_late` if it is not dead.
    """
    dead = Delivery.objects.filter(pk=delivery_id, dead_at__isnull=False)
    if dead.update(dead_at=None, due_at=database_now(), created_at=database_now()):
        doorbell.ring_after_commit()
    elif Delivery.objects.filter(pk=delivery_id).exists():
        raise Refused("too_late", f"Delivery {delivery_id} is not dead.")
    else:
        raise Refused("not_found", f"There is no delivery {delivery_id}.")
