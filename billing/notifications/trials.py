"""Reminds people that their trial is about to end: from then on the plan costs money."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.notifications import notify
from billing.enums import SubscriptionStatus
from billing.models import Subscription
from billing.notifications.kinds import TRIAL_ENDING
from billing.selling import of_our_mode
from creator.lib.formatting import money
from creator.platform.one_by_one import one_by_one

BEFORE = timedelta(days=3)
"""A person is reminded so long before; of a shorter trial, at once."""


def remind_of_trials() -> None:
    """Reminds each person once of the end of their trial, and again if the end is moved."""
    owned = _due().filter(customer__account__owner__isnull=False)
    owned = owned.select_related("plan", "next_plan", "customer__account__owner")
    one_by_one(owned, _remind, name="trial_not_reminded_of")


def _due() -> QuerySet[Subscription]:
    now = timezone.now()
    return of_our_mode(
        Subscription.objects.filter(
            Q(reminded_of__isnull=True) | ~Q(reminded_of=F("trial_ends_at")),
            status=SubscriptionStatus.TRIAL,
            trial_ends_at__gt=now,
            trial_ends_at__lte=now + BEFORE,
        )
    )


@transaction.atomic
def _remind(subscription: Subscription) -> None:
    """The update decides which of several processes tells the person."""
    if not _due().filter(pk=subscription.pk).update(reminded_of=F("trial_ends_at")):
        return
    plan, ends_at = subscription.next_plan or subscription.plan, subscription.trial_ends_at
    facts = {
        "plan": plan.title,
        "price": money(plan.price_cents, plan.currency),
        "trial_ends_at": ends_at,
        "is_cancelled": subscription.ends_at is not None,
    }
    event_id = f"{subscription.pk}:{ends_at:%Y%m%dT%H%M%S}"
    notify(TRIAL_ENDING, subscription.customer.account.owner, event_id=event_id, facts=facts)
