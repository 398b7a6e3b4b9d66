"""Tells of payments: plans that start and end with them, those that did not work, and those that went back.

Call these where it is seen for the first time: a notification is told once per event, but not remembered forever.
`amount` is what was to be paid, or went back, as people read it.
"""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.notifications import notify
from billing.enums import SubscriptionStatus
from billing.models import CreditAccount, Subscription
from billing.notifications.kinds import (
    DISPUTE_OPENED,
    PAYMENT_ACTION,
    PAYMENT_DISPUTED,
    PAYMENT_FAILED,
    PAYMENT_REFUNDED,
    SUBSCRIPTION_ENDED,
    SUBSCRIPTION_STARTED,
)
from creator.lib.formatting import money


def tell_of_failure(
    account: CreditAccount, *, invoice_id: str, attempt: int, amount: str, needs_step: bool
) -> None:
    """Once for each attempt. `needs_step`: the bank asks the person to confirm it."""
    if account.owner is None or account.blocked_from is None:
        return
    facts = {
        "invoice_id": invoice_id,
        "amount": amount,
        "plan": account.plan.title,
        "blocked_at": account.blocked_from,
    }
    kind = PAYMENT_ACTION if needs_step else PAYMENT_FAILED
    notify(kind, account.owner, event_id=f"{invoice_id}:{attempt}", facts=facts)


def tell_of_start(account: CreditAccount, subscription: Subscription) -> None:
    """Once for each subscription: what was bought, what it gives, when it renews. Load it with its plan."""
    if account.owner is None:
        return
    plan = subscription.plan
    facts = {
        "plan": plan.title,
        "price": money(plan.price_cents, plan.currency),
        "credits": plan.credits,
        "jobs": plan.jobs_per_period,
        "renews_at": subscription.period_ends_at,
        "trial_credits": plan.trial_credits,
        "is_trial": subscription.status == SubscriptionStatus.TRIAL,
    }
    notify(SUBSCRIPTION_STARTED, account.owner, event_id=subscription.subscription_id, facts=facts)


def tell_of_end(account: CreditAccount, subscription: Subscription, *, is_unpaid: bool) -> None:
    """Once for each subscription. `is_unpaid`: it ended because its payments did not work."""
    if account.owner is None:
        return
    facts = {"plan": subscription.plan.title, "now": account.plan.title, "is_unpaid": is_unpaid}
    notify(SUBSCRIPTION_ENDED, account.owner, event_id=subscription.subscription_id, facts=facts)


def tell_of_refund(account: CreditAccount, *, refund_id: str, amount: str, credits: int) -> None:
    """`credits` were taken back with it."""
    if account.owner is None:
        return
    facts = {"amount": amount, "credits": credits, "debt": account.debt}
    notify(PAYMENT_REFUNDED, account.owner, event_id=refund_id, facts=facts)


def tell_of_dispute(
    account: CreditAccount, *, dispute_id: str, amount: str, credits: int, answer_until: datetime | None
) -> None:
    """The person whose bank asks the money back, and all staff: they have to answer it at Stripe in time."""
    if account.owner is not None:
        facts = {"amount": amount, "credits": credits, "debt": account.debt}
        notify(PAYMENT_DISPUTED, account.owner, event_id=dispute_id, facts=facts)
    for member in User.objects.filter(is_staff=True, is_active=True):
        facts = {"amount": amount, "account": account.pk, "dispute": dispute_id, "until": _day(answer_until)}
        notify(DISPUTE_OPENED, member, event_id=dispute_id, facts=facts)


def _day(at: datetime | None) -> str:
    return f"{at:%-d %B %Y}" if at else ""
