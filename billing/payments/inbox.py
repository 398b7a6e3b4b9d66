"""Takes in what Stripe tells: stores each event once, and has its customer looked at."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from billing.enums import HeardBy
from billing.models import Customer, StripeEvent
from billing.payments.bell import doorbell, want_look
from billing.payments.events import Event
from creator.lib.clock import database_now

log = structlog.get_logger(__name__)
STORED_S = 60 * 24 * 3600
"""Stripe itself lists events for 30 days."""


def take_in(event: Event, heard_by: HeardBy = HeardBy.WEBHOOK) -> bool:
    """Stores the event. False if it is already stored. Stripe is not asked here.

    An event of Stripe's other mode, or of an account that is not ours, is stored to be counted and changes nothing
    else. So does one about a customer that we do not know.
    """
    is_ours = event.is_live == settings.CONFIG.stripe_is_live and not event.account
    with transaction.atomic(durable=True):
        if not _store(event, heard_by, is_ours=is_ours):
            return False
        if is_ours:
            _have_looked_at(event)
    log.info("stripe_event", id=event.id, type=event.type, heard_by=heard_by, is_ours=is_ours)
    return True


def old_events() -> QuerySet[StripeEvent]:
    """Events that were received so long ago that nothing asks for them."""
    return StripeEvent.objects.filter(received_at__lt=database_now(-STORED_S))


def _have_looked_at(event: Event) -> None:
    if event.customer_id:
        want_look(Customer.objects.filter(customer_id=event.customer_id, is_live=event.is_live))
    elif event.object_id:
        doorbell.ring_after_commit()  # for `whose.find_customers`, which asks Stripe


def _store(event: Event, heard_by: HeardBy, *, is_ours: bool) -> bool:
    """Whether this call has inserted the row: the database decides between two that come at once."""
    _, is_new = StripeEvent.objects.get_or_create(
        event_id=event.id,
        defaults={
            "type": event.type,
            "customer_id": event.customer_id,
            "object_id": event.object_id if is_ours else "",
            "is_live": event.is_live,
            "heard_by": heard_by,
            "created_at": event.created_at,
        },
    )
    return is_new
