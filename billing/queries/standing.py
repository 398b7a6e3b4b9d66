"""How things stand with a person's plan: what comes next, and whether they have to do something."""

from __future__ import annotations

from datetime import datetime

from django.db.models import TextChoices

from billing.enums import SubscriptionStatus
from billing.models import CreditAccount, Subscription


class Standing(TextChoices):
    """Each has its own sentence on the billing page, and its own way on."""

    FREE = "free"
    GIVEN = "given"
    PENDING = "pending"
    TRIAL = "trial"
    ACTIVE = "active"
    ENDING = "ending"
    CHANGING = "changing"
    PAST_DUE = "past_due"
    BLOCKED = "blocked"


def standing_of(account: CreditAccount, subscription: Subscription | None, now: datetime) -> Standing:
    """What the page says first: what needs the person comes before what is only planned."""
    if subscription is None:
        return Standing.GIVEN if account.plan.price_cents else Standing.FREE
    if subscription.status == SubscriptionStatus.PENDING:
        return Standing.PENDING
    if subscription.status == SubscriptionStatus.PAST_DUE:
        is_blocked = account.blocked_from is not None and account.blocked_from <= now
        return Standing.BLOCKED if is_blocked else Standing.PAST_DUE
    if subscription.ends_at:
        return Standing.ENDING
    if subscription.next_plan:
        return Standing.CHANGING
    return Standing.TRIAL if subscription.status == SubscriptionStatus.TRIAL else Standing.ACTIVE
