"""Stripe's objects → facts (pure). Field names are those of API version 2026-05-27.dahlia.

https://docs.stripe.com/api: a subscription's period is that of its item, and an invoice names its subscription in
`parent`, since version 2025-03-31.basil.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from billing.enums import SubscriptionStatus
from billing.payments.events import id_of
from billing.payments.sync.facts import Charge, Facts, Invoice, Line, Return, Session, Subscription, unique

Object = Mapping[str, Any]

STATUSES = {
    "incomplete": SubscriptionStatus.PENDING,
    "trialing": SubscriptionStatus.TRIAL,
    "active": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.ENDED,
    "canceled": SubscriptionStatus.ENDED,
    "incomplete_expired": SubscriptionStatus.ENDED,
    "paused": SubscriptionStatus.ENDED,
}
"""Stripe's statuses of a subscription → ours. Paused: a trial that ended without a card."""
OPEN_DISPUTES = ("needs_response", "under_review", "lost")
"""Of these the bank has taken the money. Inquiries (`warning_…`) take none yet."""


def read_facts(
    customer: Object,
    subscriptions: Sequence[Object],
    invoices: Sequence[Object],
    charges: Sequence[Object],
    sessions: Sequence[Object],
    *,
    disputes: Sequence[Object] = (),
    payments: Sequence[Object] = (),
) -> Facts:
    """From the answers to one look. `disputes` of the charges, `payments`: intents of invoices that are not paid."""
    waiting = {each["id"] for each in payments if _needs_step(each)}
    is_deleted = bool(customer.get("deleted"))
    read = [read_subscription(each) for each in subscriptions]
    if is_deleted:  # nothing of a deleted customer goes on: https://docs.stripe.com/api/customers/delete
        read = [replace(each, status=SubscriptionStatus.ENDED) for each in read]
    return Facts(
        customer_id=customer["id"],
        is_deleted=is_deleted,
        email=customer.get("email") or "",
        subscriptions=tuple(read),
        invoices=tuple(read_invoice(each, waiting) for each in invoices),
        charges=tuple(_charge(each, disputes) for each in charges if each["status"] == "succeeded"),
        sessions=tuple(_session(each) for each in sessions),
    )


def read_subscription(subscription: Object) -> Subscription:
    """Raises KeyError for a status that Stripe has added."""
    item = subscription["items"]["data"][0]
    period_ends_at = _time(item["current_period_end"])
    status = STATUSES[subscription["status"]]
    return Subscription(
        id=subscription["id"],
        status=status,
        price_id=id_of(item["price"]),
        plan=(subscription.get("metadata") or {}).get("plan", ""),
        next_price_id=_next_price_id(subscription),
        period_starts_at=_time(item["current_period_start"]),
        period_ends_at=period_ends_at,
        trial_ends_at=_time_or_none(subscription.get("trial_end")),
        ends_at=_ends_at(subscription, period_ends_at),
        ends_unpaid=_ends_unpaid(subscription),
        created_at=_time(subscription["created"]),
    )


def read_invoice(invoice: Object, waiting: set[str] | frozenset[str] = frozenset()) -> Invoice:
    """`waiting`: the payments that wait for a step of their person."""
    parent = (invoice.get("parent") or {}).get("subscription_details") or {}
    payments = (invoice.get("payments") or {}).get("data", ())
    payment_ids = unique(id_of(each["payment"].get("payment_intent")) for each in payments)
    finalized = (invoice.get("status_transitions") or {}).get("finalized_at")
    return Invoice(
        id=invoice["id"],
        number=invoice.get("number") or "",
        status=invoice.get("status") or "draft",
        total_cents=invoice["total"],
        currency=invoice["currency"],
        created_at=_time(invoice["created"]),
        due_at=_time(finalized or invoice["created"]),
        hosted_url=invoice.get("hosted_invoice_url") or "",
        subscription_id=id_of(parent.get("subscription")),
        attempts=invoice["attempt_count"],
        lines=tuple(_line(each) for each in invoice["lines"]["data"] if _is_of_plan(each)),
        payment_ids=payment_ids,
        needs_step=any(each in waiting for each in payment_ids),
    )


def _is_of_plan(line: Object) -> bool:
    """Whether it pays for the plan. Staff can add lines to an invoice, such as a fee or a credit: those do not."""
    added = (line.get("parent") or {}).get("invoice_item_details")
    return not added or bool(added.get("proration"))


def _line(line: Object) -> Line:
    price = ((line.get("pricing") or {}).get("price_details") or {}).get("price")
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    return Line(
        price_id=id_of(price),
        starts_at=_time(line["period"]["start"]),
        ends_at=_time(line["period"]["end"]),
        cents=line["amount"],
        is_proration=bool(details.get("proration")),
    )


def _charge(charge: Object, disputes: Sequence[Object]) -> Charge:
    refunds = (charge.get("refunds") or {}).get("data", ())
    returns = [_refund(each) for each in refunds]
    returns += [_dispute(each) for each in disputes if id_of(each["charge"]) == charge["id"]]
    return Charge(
        id=charge["id"],
        payment_id=id_of(charge.get("payment_intent")),
        cents=charge["amount"],
        refunded_cents=charge["amount_refunded"],
        currency=charge["currency"],
        returns=tuple(sorted(returns, key=lambda each: (each.created_at, each.id))),
    )


def _refund(refund: Object) -> Return:
    """A refund that failed goes back to us: https://docs.stripe.com/refunds#failed-refunds."""
    status = refund["status"]
    return Return(
        kind="refund",
        id=refund["id"],
        cents=refund["amount"],
        created_at=_time(refund["created"]),
        counts=status == "succeeded",
        is_undone=status in ("failed", "canceled"),
    )


def _dispute(dispute: Object) -> Return:
    return Return(
        kind="dispute",
        id=dispute["id"],
        cents=dispute["amount"],
        created_at=_time(dispute["created"]),
        counts=dispute["status"] in OPEN_DISPUTES,
        is_undone=dispute["status"] == "won",
        due_at=_time_or_none((dispute.get("evidence_details") or {}).get("due_by")),
    )


def _session(session: Object) -> Session:
    sold = session.get("metadata") or {}
    is_complete = session["status"] == "complete"
    return Session(
        id=session["id"],
        request_id=sold.get("request", ""),
        payment_id=id_of(session.get("payment_intent")),
        is_complete=is_complete,
        is_paid=is_complete and session["payment_status"] in ("paid", "no_payment_required"),
        is_expired=session["status"] == "expired",
        pack=sold.get("pack", "") if session["mode"] == "payment" else "",
        credits=int(sold.get("credits") or 0),
        lasts_days=int(sold.get("lasts_days") or 0),
    )


def _needs_step(payment: Object) -> bool:
    """Strong customer authentication: https://docs.stripe.com/billing/subscriptions/overview#requires-action."""
    error = payment.get("last_payment_error") or {}
    asked = (error.get("code"), error.get("decline_code"))
    return payment["status"] == "requires_action" or "authentication_required" in asked


def _next_price_id(subscription: Object) -> str:
    """The price of the next phase of its schedule, if it is another: a downgrade that waits for the period's end."""
    schedule = subscription.get("schedule")
    if not isinstance(schedule, Mapping) or schedule["status"] not in ("active", "not_started"):
        return ""
    now = (schedule.get("current_phase") or {}).get("start_date", 0)
    phases = sorted(schedule["phases"], key=lambda phase: phase["start_date"])
    later = (id_of(phase["items"][0]["price"]) for phase in phases if phase["start_date"] > now)
    price_id = next(later, "")
    return "" if price_id == id_of(subscription["items"]["data"][0]["price"]) else price_id


def _ends_at(subscription: Object, period_ends_at: datetime) -> datetime | None:
    ends = subscription.get("ended_at") or subscription.get("cancel_at")
    return _time(ends) if ends else period_ends_at if subscription.get("cancel_at_period_end") else None


def _ends_unpaid(subscription: Object) -> bool:
    reason = (subscription.get("cancellation_details") or {}).get("reason")
    return subscription["status"] in ("unpaid", "paused") or reason == "payment_failed"


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _time_or_none(seconds: int | None) -> datetime | None:
    return _time(seconds) if seconds else None
