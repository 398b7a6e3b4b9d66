"""Stripe's portal: cards, addresses and invoices of a customer. https://docs.stripe.com/customer-management."""

from __future__ import annotations

from typing import Any, Literal

import stripe
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from billing.enums import RequestKind
from billing.models import Customer
from billing.payments.client import asking
from billing.payments.customers import account_of, customer_of, with_customer
from billing.payments.requests import begin, end, make_once
from creator.lib.errors import Refused

Flow = Literal["", "payment_method_update"]
NOTHING_BOUGHT = "You have bought nothing yet, so there are no cards and no invoices."


def open_portal(user: User, flow: Flow = "") -> str:
    """The address of the person's portal, or of one task in it.

    Anyone with the address can open the portal for some minutes: it is made at each click, and neither stored nor logged.
    Raises Refused: `not_found` if the person has bought nothing, and those of `asking`.
    """
    if customer_of(account_of(user)) is None:
        raise Refused("not_found", NOTHING_BOUGHT)
    with asking() as client:
        return with_customer(client, user, lambda customer: _open(client, customer, flow))


def _open(client: stripe.StripeClient, customer: Customer, flow: Flow) -> str:
    params: Any = {
        "customer": customer.customer_id,
        "return_url": f"{settings.SITE_ADDRESS}{reverse('billing')}",
    }
    if flow:
        params["flow_data"] = {"type": flow}
    request = begin(RequestKind.PORTAL, customer.account)
    session = make_once(
        request,
        post=lambda options: client.v1.billing_portal.sessions.create(params, options),
        find=lambda: None,  # one more does no harm, since its address was given to no one
    )
    end(request)
    return session.url
