"""Changes of a subscription: to another plan, its end, and taking either back.

A dearer plan begins at once and is charged for the rest of the period, or for a whole one if it ends a trial. A cheaper
one begins with the next period, by a schedule of Stripe's (ADR 0035).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import stripe
from django.utils import timezone

from accounts.models import User
from billing.enums import RequestKind, SubscriptionStatus
from billing.models import Customer, Plan, StripeRequest, Subscription
from billing.payments import theirs
from billing.payments.bell import want_look
from billing.payments.client import AT_MOST_ONCE, asking
from billing.payments.customers import account_of
from billing.payments.offers import live_subscription, require_for_sale
from billing.payments.requests import begin, end, make_once, send
from creator.lib.errors import Refused
from creator.lib.formatting import moment

PRICE_STANDS = timedelta(hours=1)
NONE = "You have no subscription. Choose a plan on the pricing page."
STARTING = "Your subscription is being set up. Look at the billing page in a moment."
UNPAID = "Your last payment failed. Pay it on the billing page before you change your plan."
ENDS = "Your plan ends on {day}. Keep it before you change to another plan."
PLANNED = "Your plan changes to {title} on {day}. Take that back before you change to another plan."
SAME = "You already have the plan {title}."
STALE_PRICE = "The price was worked out more than an hour ago. Look at it once more, then confirm."
MOVED_ON = "Your subscription has changed meanwhile. Look at the billing page in a moment."


@dataclass(frozen=True)
class ChangeCost:
    """What a change costs: `due_cents` at once, if it is confirmed with this `at`. The plan begins at `starts_at`."""

    due_cents: int
    currency: str
    at: datetime
    starts_at: datetime


@dataclass(frozen=True)
class Change:
    """`url`: Stripe's page on which the person pays or confirms first. None: the plan begins at `starts_at`."""

    starts_at: datetime
    url: str | None = None


def preview_change(user: User, plan: Plan) -> ChangeCost:
    """What a change to the plan costs now. Raises as `change_subscription`."""
    subscription = _changeable(user, plan)
    now = timezone.now().replace(microsecond=0)
    if not _is_upgrade(subscription, plan):
        return ChangeCost(0, plan.currency, now, subscription.period_ends_at)
    with asking() as client:
        present = _retrieve(client, subscription)
        params: Any = {
            "subscription": present.id,
            "subscription_details": _upgrade(present, plan, now),
        }
        preview = client.v1.invoices.create_preview(params)
    return ChangeCost(max(0, preview.amount_due), preview.currency, now, now)


def change_subscription(user: User, plan: Plan, priced_at: datetime | None = None) -> Change:
    """Changes to the plan: upward at once, downward and to a free plan at the period's end.

    With `priced_at`, the `at` of a ChangeCost, exactly that is charged. If the bank or the card needs a step, the
    present plan stays until it is taken.

    Raises Refused: `not_found` if the plan is not for sale, `too_late` without a subscription or while another change
    is planned, `payment_due` if a payment failed, `invalid_parameters`, and those of `asking`.
    """
    if not plan.price_cents:
        return Change(cancel_subscription(user))
    subscription = _changeable(user, plan)
    if priced_at and not timedelta(0) <= timezone.now() - priced_at < PRICE_STANDS:
        raise Refused("invalid_parameters", STALE_PRICE)
    with _changing(subscription, RequestKind.CHANGE_PLAN, plan) as (client, request):
        present = _retrieve(client, subscription)
        if not _is_upgrade(subscription, plan):
            _plan_next(client, request, present, plan)
            return Change(subscription.period_ends_at)
        if not theirs.has_price(present, plan.price_id):
            params: Any = _upgrade(present, plan, priced_at or request.created_at)
            params |= {"payment_behavior": "pending_if_incomplete", "expand": ["latest_invoice"]}
            _release(client, request, present)
            present = make_once(
                request,
                post=lambda options: client.v1.subscriptions.update(present.id, params, options),
                find=lambda: _if_changed(_retrieve(client, subscription), plan),
            )
        return Change(timezone.now(), theirs.page_to_pay(present))


def cancel_subscription(user: User) -> datetime:
    """Ends the subscription with its period, or at once if that is not paid for. Returns when.

    Raises Refused: `too_late` without a subscription, and those of `asking`.
    """
    subscription = _subscription(user)
    with _changing(subscription, RequestKind.CANCEL) as (client, request):
        present = _retrieve(client, subscription)
        if present.status in theirs.UNPAID:
            client.v1.subscriptions.cancel(present.id)
            return timezone.now()
        if not theirs.ends(present):
            _release(client, request, present)
            at_end: Any = {"cancel_at_period_end": True}
            send(request, lambda options: client.v1.subscriptions.update(present.id, at_end, options))
        return subscription.period_ends_at


def resume_subscription(user: User) -> None:
    """Takes back a cancellation or a planned change of plan; does nothing if there is neither. Raises as cancelling."""
    subscription = _subscription(user)
    with _changing(subscription, RequestKind.RESUME) as (client, request):
        present = _retrieve(client, subscription)
        if theirs.ends(present):
            on: Any = {"cancel_at_period_end": False} if present.cancel_at_period_end else {"cancel_at": ""}
            send(request, lambda options: client.v1.subscriptions.update(present.id, on, options))
        else:
            _release(client, request, present)


def _subscription(user: User) -> Subscription:
    subscription = live_subscription(account_of(user))
    if subscription is None:
        raise Refused("too_late", NONE)
    if subscription.status == SubscriptionStatus.PENDING:
        raise Refused("too_late", STARTING)
    return subscription


def _changeable(user: User, plan: Plan) -> Subscription:
    subscription = _subscription(user)
    require_for_sale(plan)
    if plan == subscription.plan:
        raise Refused("invalid_parameters", SAME.format(title=plan.title))
    if subscription.status == SubscriptionStatus.PAST_DUE:
        raise Refused("payment_due", UNPAID)
    if subscription.ends_at:
        raise Refused("too_late", ENDS.format(day=moment(subscription.ends_at, "day")))
    planned = subscription.next_plan
    if planned and _is_upgrade(subscription, plan):
        day = moment(subscription.period_ends_at, "day")
        raise Refused("too_late", PLANNED.format(title=planned.title, day=day))
    return subscription


def _is_upgrade(subscription: Subscription, plan: Plan) -> bool:
    return plan.price_cents > subscription.plan.price_cents


@contextmanager
def _changing(
    subscription: Subscription, kind: RequestKind, plan: Plan | None = None
) -> Iterator[tuple[stripe.StripeClient, StripeRequest]]:
    """Asks Stripe for a change. However it ends, the customer is looked at: Stripe may have done it unheard."""
    customer = subscription.customer
    try:
        with asking(cost=AT_MOST_ONCE) as client:
            request = begin(kind, customer.account, plan=plan)
            yield client, request
            end(request)
    finally:
        want_look(Customer.objects.filter(pk=customer.pk))


def _retrieve(client: stripe.StripeClient, subscription: Subscription) -> stripe.Subscription:
    """As it is now. Raises Refused `too_late` if it has ended."""
    expand: Any = {"expand": ["latest_invoice", "schedule"]}
    present = client.v1.subscriptions.retrieve(subscription.subscription_id, expand)
    if present.status not in theirs.LIVE:
        raise Refused("too_late", MOVED_ON)
    return present


def _upgrade(present: stripe.Subscription, plan: Plan, at: datetime) -> dict[str, Any]:
    """Parameters that the change and its preview share, so that the price shown is the price charged.

    https://docs.stripe.com/billing/subscriptions/prorations
    """
    item = theirs.item_of(present)
    change = {"items": [{"id": item.id, "price": plan.price_id}], "proration_behavior": "always_invoice"}
    if present.status == "trialing":
        return change | {"trial_end": "now"}
    return change | {"proration_date": int(at.timestamp())}


def _if_changed(present: stripe.Subscription, plan: Plan) -> stripe.Subscription | None:
    return present if theirs.has_price(present, plan.price_id) else None


def _plan_next(
    client: stripe.StripeClient, request: StripeRequest, present: stripe.Subscription, plan: Plan
) -> None:
    """https://docs.stripe.com/billing/subscriptions/subscription-schedules: a phase for each plan, then none."""
    schedule = present.schedule
    if not isinstance(schedule, stripe.SubscriptionSchedule):
        source: Any = {"from_subscription": present.id}
        schedule = send(
            request,
            lambda options: client.v1.subscription_schedules.create(source, options),
            step=":schedule",
        )
    schedule_id, phases = schedule.id, theirs.phases(schedule, present, plan.price_id)
    params: Any = {"phases": phases, "end_behavior": "release", "proration_behavior": "none"}
    send(request, lambda options: client.v1.subscription_schedules.update(schedule_id, params, options))


def _release(client: stripe.StripeClient, request: StripeRequest, present: stripe.Subscription) -> None:
    """Takes the subscription out of its schedule, under which Stripe changes nothing else of it."""
    schedule = present.schedule
    if isinstance(schedule, stripe.SubscriptionSchedule):
        schedule_id = schedule.id
        send(
            request,
            lambda options: client.v1.subscription_schedules.release(schedule_id, {}, options),
            step=":release",
        )
