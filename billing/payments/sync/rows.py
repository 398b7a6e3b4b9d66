"""Writes what Stripe said into rows: subscriptions, invoices, and what became of our requests.

All of it under the customer's lease. A row is written where it is older than the answer.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from billing.enums import LIVE, UNFINISHED, RequestState, SubscriptionStatus
from billing.models import Customer, Invoice, StripeRequest, Subscription
from billing.payments.sync import facts as said
from billing.payments.sync.facts import Facts
from billing.payments.sync.plans import PlansByPrice


def begun(customer: Customer) -> QuerySet[Subscription]:
    """The customer's subscriptions whose first payment or trial we know of, ended ones too."""
    return customer.subscriptions.exclude(status=SubscriptionStatus.PENDING)


def write_subscriptions(
    customer: Customer, facts: Facts, plan_of: PlansByPrice, asked_at: datetime
) -> list[Subscription]:
    """Returns those that have ended since the last look, as they were until then."""
    live = list(customer.subscriptions.filter(status__in=LIVE, asked_at__lt=asked_at).select_related("plan"))
    since = {row.subscription_id: row.past_due_since for row in live}
    for each in facts.subscriptions:
        if plan := plan_of(each.price_id, each):
            overdue_since = facts.unpaid_since(each) or since.get(each.id) or asked_at
            values = _values(each, overdue_since, asked_at) | {
                "plan": plan,
                "next_plan": plan_of(each.next_price_id, None),
            }
            _write_subscription(customer, each.id, values)
    if facts.is_deleted:
        still_live = customer.subscriptions.filter(status__in=LIVE)
        still_live.update(status=SubscriptionStatus.ENDED, past_due_since=None, asked_at=asked_at)
    ended = customer.subscriptions.filter(pk__in=[row.pk for row in live], status=SubscriptionStatus.ENDED)
    ended_ids = set(ended.values_list("pk", flat=True))
    return [row for row in live if row.pk in ended_ids]


def _write_subscription(customer: Customer, subscription_id: str, values: dict[str, object]) -> None:
    older = Subscription.objects.filter(subscription_id=subscription_id, asked_at__lt=values["asked_at"])
    if not older.update(**values):
        Subscription.objects.get_or_create(
            subscription_id=subscription_id, defaults={"customer": customer, **values}
        )


def _values(
    subscription: said.Subscription, overdue_since: datetime, asked_at: datetime
) -> dict[str, object]:
    is_past_due = subscription.status is SubscriptionStatus.PAST_DUE
    return {
        "status": subscription.status,
        "period_starts_at": subscription.period_starts_at,
        "period_ends_at": subscription.period_ends_at,
        "trial_ends_at": subscription.trial_ends_at,
        "ends_at": subscription.ends_at,
        "past_due_since": overdue_since if is_past_due else None,
        "asked_at": asked_at,
    }


def write_invoices(customer: Customer, facts: Facts, asked_at: datetime) -> list[said.Invoice]:
    """Writes what is new or has changed. Returns the invoices whose payment was tried in vain since the last look."""
    known = {row.invoice_id: row for row in customer.invoices.all()}
    tried = []
    for each in facts.invoices:
        row = known.get(each.id) or Invoice(customer=customer, invoice_id=each.id)
        if each.is_unpaid and each.attempts > row.attempts:
            tried.append(each)
        values = _values_of(each, facts)
        if customer.account.owner_id is None:
            values["hosted_url"] = ""  # Stripe's page has the name of the person, who was erased
        if row.pk is None or any(getattr(row, name) != value for name, value in values.items()):
            Invoice.objects.update_or_create(
                invoice_id=each.id, defaults={"customer": customer, "asked_at": asked_at, **values}
            )
    return tried


def _values_of(invoice: said.Invoice, facts: Facts) -> dict[str, object]:
    paid_by = (charge for charge in facts.charges if charge.payment_id in invoice.payment_ids)
    return {
        "number": invoice.number,
        "status": invoice.status,
        "total_cents": invoice.total_cents,
        "refunded_cents": sum(charge.refunded_cents for charge in paid_by),
        "currency": invoice.currency,
        "attempts": invoice.attempts,
        "hosted_url": invoice.hosted_url,
        "created_at": invoice.created_at,
    }


def close_requests(customer: Customer, facts: Facts) -> None:
    """A checkout that is complete is done, one that was left alone until it expired has failed."""
    for session in facts.sessions:
        if session.is_complete or session.is_expired:
            state = RequestState.DONE if session.is_complete else RequestState.FAILED
            _requests_of(customer, session).update(state=state, object_id=session.id, done_at=Now())


def _requests_of(customer: Customer, session: said.Session) -> QuerySet[StripeRequest]:
    """Named in the session, also if its answer never reached us."""
    named = Q(object_id=session.id)
    with suppress(ValueError):
        named |= Q(pk=UUID(session.request_id))
    return StripeRequest.objects.filter(named, account=customer.account_id, state__in=UNFINISHED)
