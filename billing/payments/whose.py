"""Finds the customers of events that name none: disputes and refunds name the charge that has one."""

from __future__ import annotations

import stripe
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from billing.models import Customer, StripeEvent
from billing.payments.bell import want_look
from billing.payments.client import stripe_client
from billing.payments.events import id_of

log = structlog.get_logger(__name__)
NO_CUSTOMER = "none"
"""In place of the customer's id: Stripe was asked, and the charge has no customer."""
OF_CHARGES = Q(object_id__startswith="ch_") | Q(object_id__startswith="py_")
AT_A_TIME = 50


def find_customers() -> None:
    """Asks Stripe whose they are, and has those looked at. If Stripe does not answer, the next call tries again.

    A charge about which Stripe answers with an error does not hold up the others.
    """
    for charge_id in list(_open().values_list("object_id", flat=True).distinct()[:AT_A_TIME]):
        try:
            customer_id = _customer_of(charge_id)
        except stripe.StripeError as error:
            log.warning("customer_not_found_yet", charge=charge_id, reason=type(error).__name__)
            if error.http_status is None:
                return
            continue
        with transaction.atomic(durable=True):
            _open().filter(object_id=charge_id).update(customer_id=customer_id)
            want_look(
                Customer.objects.filter(customer_id=customer_id, is_live=settings.CONFIG.stripe_is_live)
            )


def _open() -> QuerySet[StripeEvent]:
    return StripeEvent.objects.filter(OF_CHARGES, customer_id="", is_live=settings.CONFIG.stripe_is_live)


def _customer_of(charge_id: str) -> str:
    client = stripe_client()
    assert client is not None
    try:
        charge = client.v1.charges.retrieve(charge_id).to_dict()
    except stripe.InvalidRequestError:
        return NO_CUSTOMER  # of an account that is not ours, or gone
    return id_of(charge.get("customer")) or NO_CUSTOMER
