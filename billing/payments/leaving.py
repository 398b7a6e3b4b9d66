"""A person leaves for good: Stripe deletes their customers, which ends their subscriptions at once.

https://docs.stripe.com/api/customers/delete. Stripe keeps payments and invoices, as the law asks of sellers, and our
rows of them name no person.
"""

from __future__ import annotations

import stripe
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from billing.enums import SubscriptionStatus
from billing.models import Customer, Invoice, Subscription
from billing.payments.client import stripe_client
from billing.payments.customers import is_missing
from creator.lib.clock import database_now


class KeyMissing(Exception):
    """Customers of Stripe's live mode are to be deleted, and our key is not of that mode."""


def delete_customers(user: User) -> int:
    """Returns how many were deleted; may be repeated. Raises KeyMissing, and `stripe.StripeError` if Stripe is away.

    Customers of the test mode stay without a key for it: what they pay is no money.
    """
    client = stripe_client()
    left = [*customers_left(user)]
    Invoice.objects.filter(customer__account__owner=user).update(
        hosted_url=""
    )  # pages with the person's name
    for customer in left:
        if client is None or customer.is_live != settings.CONFIG.stripe_is_live:
            raise KeyMissing
        _delete(client, customer)
    return len(left)


def is_left(user: User) -> bool:
    """Whether a click or a look that was under way has added something since."""
    invoices = Invoice.objects.filter(customer__account__owner=user).exclude(hosted_url="")
    return customers_left(user).exists() or invoices.exists()


def customers_left(user: User) -> QuerySet[Customer]:
    """Those that Stripe still has, as far as they have to be deleted."""
    customers = Customer.objects.filter(account__owner=user, deleted_at=None)
    if stripe_client() is None or settings.CONFIG.stripe_is_live:
        return customers.filter(is_live=True)
    return customers


def _delete(client: stripe.StripeClient, customer: Customer) -> None:
    try:
        client.v1.customers.delete(customer.customer_id)
    except stripe.InvalidRequestError as error:
        if not is_missing(error, "customer"):
            raise
    with transaction.atomic(durable=True):
        Subscription.objects.filter(customer=customer).update(
            status=SubscriptionStatus.ENDED, past_due_since=None, asked_at=database_now()
        )
        Customer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now(), wanted_at=None)
