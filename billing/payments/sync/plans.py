"""Which plan a price of Stripe pays for."""

from __future__ import annotations

from billing.models import Customer, Plan
from billing.payments.sync.facts import Subscription


class PlansByPrice:
    """All plans, and those of the customer's subscriptions, as they are when the look begins."""

    def __init__(self, customer: Customer) -> None:
        plans = list(Plan.objects.all())
        self._by_price = {plan.price_id: plan for plan in plans if plan.price_id}
        self._by_slug = {plan.slug: plan for plan in plans}
        self._so_far = dict(customer.subscriptions.values_list("subscription_id", "plan_id"))

    def __call__(self, price_id: str, subscription: Subscription | None) -> Plan | None:
        """The plan with this price. If staff have given it another price since: the plan that was bought with it.

        None for a price of something else.
        """
        if price_id in self._by_price or subscription is None:
            return self._by_price.get(price_id)
        slug = self._so_far.get(subscription.id) or subscription.plan
        return self._by_slug.get(slug)
