"""What an account may buy: what is for sale, which subscription it has, whether a trial is left."""

from __future__ import annotations

from django.db.models import QuerySet

from billing.enums import SubscriptionStatus
from billing.models import CreditAccount, CreditPack, LedgerEntry, Plan, Subscription
from billing.selling import of_our_mode
from creator.lib.errors import Refused

NOT_FOR_SALE = "{title} is not for sale at the moment."


def require_for_sale(what: Plan | CreditPack) -> None:
    """Raises Refused `not_found`."""
    if not what.is_offered or not what.price_cents or not what.price_id:
        raise Refused("not_found", NOT_FOR_SALE.format(title=what.title))


def live_subscription(account: CreditAccount) -> Subscription | None:
    """The account's subscription that has not ended, in the mode of our key."""
    live = _subscriptions(account).exclude(status=SubscriptionStatus.ENDED)
    return live.select_related("plan", "next_plan", "customer__account").order_by("pk").first()


def has_trial(account: CreditAccount, plan: Plan) -> bool:
    """Whether a subscription to the plan begins with a trial: once an account, before its first subscription."""
    if not plan.trial_days or _subscriptions(account).exists():
        return False
    return not LedgerEntry.objects.filter(account=account, source="trial").exists()


def _subscriptions(account: CreditAccount) -> QuerySet[Subscription]:
    return of_our_mode(Subscription.objects.filter(customer__account=account))
