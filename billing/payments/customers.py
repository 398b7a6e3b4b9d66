"""Stripe's customer of an account: made at the first purchase in Stripe's test or live mode, and again once deleted.

Stripe gets the person's e-mail address, for receipts, and the account's number in metadata; no name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import stripe
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.enums import RequestKind
from billing.ledger import credit_account_of
from billing.models import CreditAccount, Customer, StripeRequest
from billing.payments.bell import want_look
from billing.payments.requests import begin, end, make_once

T = TypeVar("T")


def account_of(user: User) -> CreditAccount:
    """The person's account, with its plan."""
    return CreditAccount.objects.select_related("plan").get(pk=credit_account_of(user.pk).pk)


def customer_of(account: CreditAccount) -> Customer | None:
    """The account's customer in the mode of our key."""
    present = account.customers.filter(is_live=settings.CONFIG.stripe_is_live, deleted_at=None)
    return present.first()


def with_customer(client: stripe.StripeClient, user: User, work: Callable[[Customer], T]) -> T:
    """Calls `work` with the person's customer, and once more with a new one if Stripe says that it was deleted."""
    account = account_of(user)
    customer = customer_of(account) or _make(client, account, user)
    try:
        return work(customer)
    except stripe.InvalidRequestError as error:
        if not is_missing(error, "customer"):
            raise
    mark_deleted(customer)
    return work(_make(client, account, user))


def is_missing(error: stripe.InvalidRequestError, what: str) -> bool:
    """Whether Stripe does not know the object that the parameter `what` names."""
    return error.code == "resource_missing" and error.param in (what, "id")


def mark_deleted(customer: Customer) -> None:
    """Stripe knows the customer no longer. What it had, a look settles."""
    Customer.objects.filter(pk=customer.pk, deleted_at=None).update(deleted_at=timezone.now())
    want_look(Customer.objects.filter(pk=customer.pk))


def send_email(client: stripe.StripeClient, customer: Customer, email: str) -> None:
    """Tells Stripe the person's present address; twice does no harm. Raises `stripe.StripeError`."""
    client.v1.customers.update(customer.customer_id, {"email": email})


def _make(client: stripe.StripeClient, account: CreditAccount, user: User) -> Customer:
    request = begin(RequestKind.CUSTOMER, account)
    if customer := customer_of(account):  # another click has made it since we looked
        end(request)
        return customer
    theirs = make_once(
        request,
        post=lambda options: client.v1.customers.create(
            {"email": user.email, "metadata": labels(request)}, options
        ),
        find=lambda: _find(client, request, user),
    )
    with transaction.atomic(durable=True):
        customer, _ = Customer.objects.get_or_create(
            customer_id=theirs.id, defaults={"account": account, "is_live": request.is_live}
        )
        end(request)
    return customer


def _find(client: stripe.StripeClient, request: StripeRequest, user: User) -> stripe.Customer | None:
    found = client.v1.customers.list({"email": user.email, "limit": 100})
    return next((each for each in found.auto_paging_iter() if is_of(each, request)), None)


def labels(request: StripeRequest, **more: object) -> dict[str, str]:
    """Metadata of what Stripe makes for the request: whose it is, and which request asked for it."""
    told = {"account": request.account_id, "request": request.pk} | more
    return {name: str(value) for name, value in told.items()}


def is_of(made: stripe.Customer | stripe.checkout.Session, request: StripeRequest) -> bool:
    """Whether Stripe made this for the request."""
    return bool(made.to_dict()["metadata"].get("request") == str(request.pk))
