"""Looks at customers: asks Stripe about one, and writes what follows. One worker at a time looks at a customer."""

from __future__ import annotations

import threading
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import QuerySet
from stripe import StripeClient

from billing.models import Customer
from billing.payments.client import stripe_client
from billing.payments.customers import send_email
from billing.payments.sync.applying import apply
from billing.payments.sync.asking import ask
from billing.payments.sync.facts import Facts
from billing.payments.whose import find_customers
from creator.lib.clock import database_now, read_database_now
from creator.platform.background import Background

log = structlog.get_logger(__name__)
LONGEST = timedelta(minutes=5)
"""A look that takes longer is considered hung."""
AT_ONCE = 2
"""Threads of one process that look at a time; the others stay free for jobs and periodic tasks."""
_threads = threading.BoundedSemaphore(AT_ONCE)


def look_at_customers() -> int:
    """Looks until no customer is due, and returns how many looks were tried. 0 if enough threads already do so."""
    if stripe_client() is None or not _threads.acquire(blocking=False):
        return 0
    try:
        find_customers()
        return LOOKS.work_off()
    finally:
        _threads.release()


def wanted() -> QuerySet[Customer]:
    """The customers of this mode of Stripe for whom a look is wanted and due."""
    return Customer.objects.filter(
        wanted_at__isnull=False, is_live=settings.CONFIG.stripe_is_live, due_at__lte=database_now()
    )


def look(customer: Customer) -> None:
    """One look at a customer that this worker has leased. Raises `stripe.StripeError`, LeaseLost."""
    client = stripe_client()
    assert client is not None
    asked_at = read_database_now()
    facts = ask(client, customer.customer_id)
    keep_email(client, customer, facts)
    apply(customer, facts, asked_at=asked_at)
    log.info("customer_looked_at", customer=customer.customer_id)


def keep_email(client: StripeClient, customer: Customer, facts: Facts) -> None:
    """Tells Stripe the person's present address where it writes to another one. Raises `stripe.StripeError`."""
    person = customer.account.owner
    if person and not facts.is_deleted and facts.email != person.email:
        send_email(client, customer, person.email)


LOOKS = Background("look", wanted, look, at_most=LONGEST)
