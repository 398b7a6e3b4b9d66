"""Buying on Stripe's pages: a subscription, or credits once. Each function returns the address of Stripe's page.

https://docs.stripe.com/payments/checkout. Nothing is bought here: what a person paid for comes by the look at the
customer. A repeated click opens the same page, as long as it can be paid there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import stripe
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from billing.enums import RequestKind, RequestState
from billing.models import CreditPack, Customer, Plan, StripeRequest
from billing.payments.client import asking
from billing.payments.customers import account_of, is_of, labels, with_customer
from billing.payments.offers import has_trial, live_subscription, require_for_sale
from billing.payments.requests import begin, end, make_once, note_object
from billing.payments.theirs import LIVE
from creator.lib.errors import Refused

OPEN_FOR = timedelta(hours=23, minutes=45)
"""How long Stripe's page can be paid: Stripe's limit is 24 hours, and our key is repeated for 23."""
SUBSCRIBED = "You already have the plan {title}. Change it on the billing page instead of buying it twice."
BEING_SET_UP = "You have just subscribed, and it is being set up. Look at the billing page in a moment."
OTHER_TAB = "You chose another plan in another tab just now. Nothing was charged. Choose once more."


def start_subscription(user: User, plan: Plan) -> str:
    """Stripe's page on which the person subscribes to the plan; it asks for a card in a trial too.

    An account has one such page at a time, so it cannot subscribe twice: the page for another plan is closed first.
    Raises Refused: `not_found`, `too_late` if the account has a subscription, and those of `asking`.
    """
    require_for_sale(plan)
    account = account_of(user)
    if subscription := live_subscription(account):
        raise Refused("too_late", SUBSCRIBED.format(title=subscription.plan.title))
    with asking() as client:
        return with_customer(client, user, lambda customer: _subscribe(client, customer, plan))


def start_top_up(user: User, pack: CreditPack) -> str:
    """Stripe's page on which the person buys the pack. Raises Refused: `not_found`, and those of `asking`."""
    require_for_sale(pack)
    with asking() as client:
        return with_customer(client, user, lambda customer: _top_up(client, customer, pack))


def _subscribe(client: stripe.StripeClient, customer: Customer, plan: Plan) -> str:
    request = begin(RequestKind.SUBSCRIBE, customer.account, plan=plan)
    opened = _opened(client, request)
    if opened and request.plan_id == plan.pk:
        return _address(opened)
    if opened:
        _close(client, opened)
    if request.state == RequestState.SENT or request.plan_id != plan.pk:
        end(request, RequestState.FAILED)
        request = begin(RequestKind.SUBSCRIBE, customer.account, plan=plan)
    if request.plan_id != plan.pk:
        raise Refused("too_late", OTHER_TAB)
    subscription: dict[str, Any] = {"metadata": labels(request, plan=plan.pk)}
    if not _has_had_any(client, customer, request) and has_trial(customer.account, plan):
        subscription["trial_period_days"] = plan.trial_days
    return _open(
        client,
        customer,
        request,
        mode="subscription",
        price_id=plan.price_id,
        metadata=labels(request, plan=plan.pk),
        payment_method_collection="always",
        subscription_data=subscription,
    )


def _top_up(client: stripe.StripeClient, customer: Customer, pack: CreditPack) -> str:
    request = begin(RequestKind.TOP_UP, customer.account, pack=pack)
    if opened := _opened(client, request):
        return _address(opened)
    if request.state == RequestState.SENT:
        request = begin(RequestKind.TOP_UP, customer.account, pack=pack)
    # What was sold, in case staff edit the pack before it is paid.
    sold = labels(request, pack=pack.pk, credits=pack.credits, lasts_days=pack.lasts_days)
    return _open(
        client,
        customer,
        request,
        mode="payment",
        price_id=pack.price_id,
        metadata=sold,
        payment_intent_data={"metadata": sold},
        invoice_creation={"enabled": True},
    )


def _opened(client: stripe.StripeClient, request: StripeRequest) -> stripe.checkout.Session | None:
    """The page of an earlier click if it can still be paid; if it cannot, the request is ended."""
    if request.state != RequestState.SENT:
        return None
    session = client.v1.checkout.sessions.retrieve(request.object_id)
    if session.status == "open":
        return session
    end(request, RequestState.DONE if session.status == "complete" else RequestState.FAILED)
    return None


def _close(client: stripe.StripeClient, session: stripe.checkout.Session) -> None:
    """Closes the page at Stripe, so that it can no longer be paid. Raises Refused `too_late` if it has just been paid."""
    try:
        client.v1.checkout.sessions.expire(session.id)
    except stripe.InvalidRequestError as error:
        raise Refused("too_late", BEING_SET_UP) from error


def _has_had_any(client: stripe.StripeClient, customer: Customer, request: StripeRequest) -> bool:
    """Whether Stripe knows an ended subscription of the customer. Raises Refused `too_late` if it knows another one."""
    listed = client.v1.subscriptions.list({"customer": customer.customer_id, "status": "all", "limit": 100})
    had = [each.status for each in listed.auto_paging_iter()]
    if LIVE.intersection(had):
        end(request, RequestState.FAILED)
        raise Refused("too_late", BEING_SET_UP)
    return bool(had)


def _open(
    client: stripe.StripeClient,
    customer: Customer,
    request: StripeRequest,
    *,
    price_id: str,
    **more: Any,
) -> str:
    params: Any = more | {
        "customer": customer.customer_id,
        "client_reference_id": str(request.account_id),
        "line_items": [{"price": price_id, "quantity": 1}],
        "expires_at": int((request.created_at + OPEN_FOR).timestamp()),
        "success_url": f"{settings.SITE_ADDRESS}{reverse('billing_return')}?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.SITE_ADDRESS}{reverse('pricing')}",
    }
    session = make_once(
        request,
        post=lambda options: client.v1.checkout.sessions.create(params, options),
        find=lambda: _find(client, customer, request),
    )
    if not note_object(request, session.id):
        client.v1.checkout.sessions.expire(session.id)
        raise Refused("too_late", OTHER_TAB)
    return _address(session)


def _find(
    client: stripe.StripeClient, customer: Customer, request: StripeRequest
) -> stripe.checkout.Session | None:
    listed = client.v1.checkout.sessions.list(
        {"customer": customer.customer_id, "status": "open", "limit": 100}
    )
    return next((each for each in listed.auto_paging_iter() if is_of(each, request)), None)


def _address(session: stripe.checkout.Session) -> str:
    """Of an open session: Stripe leaves it out of others."""
    return str(session.url)
