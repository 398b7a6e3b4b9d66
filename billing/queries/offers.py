"""The plans and packs that people may choose."""

from __future__ import annotations

from dataclasses import dataclass

from billing.models import CreditPack, Plan
from billing.plans import PlanLimits, limits_of_plan
from billing.queries.prices import PicturePrice
from billing.selling import is_selling
from creator.lib.errors import Refused


@dataclass(frozen=True)
class PlanOffer:
    """A plan with its limits in this installation."""

    plan: Plan
    limits: PlanLimits

    def pictures(self, price: PicturePrice) -> int:
        """How many pictures of this price the plan makes in each period."""
        return price.affordable(self.plan.credits, self.limits.jobs_per_period)


def offered_plans() -> list[PlanOffer]:
    """The plans that people may choose, in their order. One query."""
    plans = Plan.objects.filter(is_offered=True).order_by("position", "slug")
    return [PlanOffer(plan, limits_of_plan(plan)) for plan in plans]


def packs_for_sale() -> list[CreditPack]:
    """The packs that people can buy here, in their order: those with a price at Stripe. At most one query."""
    return list(CreditPack.objects.filter(is_offered=True).exclude(price_id="")) if is_selling() else []


def offered_plan(slug: str) -> Plan:
    """Raises Refused `not_found` if there is no such plan that people may choose."""
    plan = Plan.objects.filter(slug=slug, is_offered=True).first()
    if plan is None:
        raise Refused("not_found", "There is no such plan. The pricing page has those on offer.")
    return plan


def offered_pack(slug: str) -> CreditPack:
    """Raises Refused `not_found` if there is no such pack that people may choose."""
    pack = CreditPack.objects.filter(slug=slug, is_offered=True).first()
    if pack is None:
        raise Refused("not_found", "There is no such pack of credits. The pricing page has those on offer.")
    return pack
