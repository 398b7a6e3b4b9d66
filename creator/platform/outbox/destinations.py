"""All deliveries to one destination, for apps that show them or end with them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox.adding import add_deliveries
from creator.platform.outbox.bell import doorbell


def deliveries_to(kind: str, destination: str, event_ids: Collection[str]) -> dict[str, Delivery]:
    """Event id → its delivery to this destination. One query; those that are pruned are left out."""
    found = Delivery.objects.filter(kind=kind, destination=destination, event_id__in=event_ids)
    return {each.event_id: each for each in found}


def send_again(message: Delivery) -> None:
    """Makes the delivery of the same event and destination due now, for three days from now, whatever became of it.

    A delivery that is under way stays as it is. `message` is the row to add if there is none any more. Tries are
    counted anew, so that waits begin short again, and the count of one that is sent again and again never overflows.
    """
    known = Delivery.objects.filter(
        kind=message.kind, destination=message.destination, event_id=message.event_id
    )
    now = database_now()
    if known.filter(token=None).update(attempts=0, done_at=None, dead_at=None, due_at=now, created_at=now):
        doorbell.ring_after_commit()
    else:
        add_deliveries([message])


def give_up(kind: str, destination: str, reason: str) -> int:
    """Makes all that waits for this destination dead, but for a call that is under way. Returns how many."""
    return _open_to(kind, destination).filter(token=None).update(dead_at=database_now(), last_error=reason)


def forget_destination(kind: str, destination: str) -> None:
    """Deletes all deliveries to this destination."""
    Delivery.objects.filter(kind=kind, destination=destination).delete()


def _open_to(kind: str, destination: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        kind=kind, destination=destination, done_at__isnull=True, dead_at__isnull=True
    )
