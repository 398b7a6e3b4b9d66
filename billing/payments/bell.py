"""Asks for looks at customers, and rings for the workers that take them."""

from __future__ import annotations

from django.db.models import Case, F, QuerySet, When

from billing.models import Customer
from creator.lib.clock import database_now
from creator.platform.doorbell import Doorbell

MOST_RINGS = 4
doorbell = Doorbell("billing.look_at_customers", most=MOST_RINGS)


def want_look(customers: QuerySet[Customer]) -> int:
    """Has Stripe asked about these customers soon after the commit. Returns how many they are.

    A worker that is looking at one right now keeps its lease: it looks again, because `wanted_at` is later than the
    beginning of its look.
    """
    at_once = Case(When(token=None, then=database_now()), default=F("due_at"))
    wanted = customers.update(wanted_at=database_now(), due_at=at_once)
    doorbell.ring_after_commit(wanted)
    return wanted
