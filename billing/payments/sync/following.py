"""Brings the account's plan, period and block in line with its subscription."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.conf import settings

from billing.enums import LIVE, SubscriptionStatus
from billing.ledger import start_period
from billing.models import CreditAccount, Plan, Subscription
from billing.models.plan import FREE
from billing.payments.sync import facts as said
from billing.payments.sync.auditing import audit_once, subject_of
from billing.payments.sync.facts import Facts
from billing.payments.sync.plans import PlansByPrice
from billing.plans import change_plan
from billing.selling import of_our_mode

log = structlog.get_logger(__name__)


def follow(
    account: CreditAccount, facts: Facts, plan_of: PlansByPrice, ended: Sequence[Subscription]
) -> None:
    """The plan of the live subscription; without one, the free plan for an account whose subscription has `ended`.

    A plan that staff gave stays if the person has no subscription.
    """
    current = facts.current
    if current is not None:
        if (plan := plan_of(current.price_id, current)) is None:
            log.error("stripe_price_unknown", price=current.price_id, subscription=current.id)
            audit_once("price_unknown", subject_of(account), {"price": current.price_id})
            return
        _move_to(account, plan)
        start_period(account.pk, current.period_starts_at, current.period_ends_at)
        _block(account, current)
    elif ended and not _has_another(account):
        _move_to(account, Plan.objects.get(slug=FREE))
        CreditAccount.objects.filter(pk=account.pk).update(blocked_from=None)


def _move_to(account: CreditAccount, plan: Plan) -> None:
    if account.plan_id == plan.pk or account.owner is None:
        return
    change_plan(account.owner, plan.slug)


def _block(account: CreditAccount, current: said.Subscription) -> None:
    """New jobs wait for the payment once it is overdue for longer than the grace."""
    since = None
    if current.status is SubscriptionStatus.PAST_DUE:
        row = Subscription.objects.get(subscription_id=current.id)
        since = row.past_due_since
    until = since and since + timedelta(days=settings.CONFIG.payment_grace_days)
    CreditAccount.objects.filter(pk=account.pk).update(blocked_from=until)


def _has_another(account: CreditAccount) -> bool:
    """Of another customer: one whom Stripe deleted may be looked at after the next one has subscribed."""
    return of_our_mode(Subscription.objects.filter(customer__account=account, status__in=LIVE)).exists()
