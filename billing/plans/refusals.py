"""How the refusals of a plan's numbers lead on: to the smallest offered plan that allows more."""

from __future__ import annotations

from billing.models import Plan
from billing.plans.limits import PlanLimits, limits_of_plan
from billing.selling import PRICING, Facts, ask_for, is_selling
from creator.lib.errors import Refused
from creator.lib.rate_limits import Allowance

UNITS = {"upload_mib": " MB", "unused_mib": " MB", "megapixels": " megapixels"}


def way_to_more(column: str, limits: PlanLimits) -> tuple[str, Facts]:
    """A sentence on how to get more of `column`, a number of `PlanLimits`, and facts for `Refused`. One query."""
    if is_selling():
        offered = map(
            limits_of_plan, Plan.objects.filter(is_offered=True).order_by("price_cents", "position")
        )
        for plan in offered:
            if (number := getattr(plan, column)) > getattr(limits, column):
                sentence = (
                    f"The {plan.title} plan allows {number:,}{UNITS.get(column, '')}: see the pricing page."
                )
                return sentence, {"pricing": PRICING}
        return "No plan allows more.", {}
    return ask_for("a larger plan")


def beyond_the_rate(column: str, limits: PlanLimits, left: Allowance, sentence: str, wait_s: int) -> Refused:
    """The refusal of more than the plan's `column` allows in its period; `sentence` says it, and for how long."""
    way, facts = way_to_more(column, limits)
    return Refused(
        "rate_limited",
        " ".join([sentence, way]),
        facts={"limit": left.most, "remaining": left.remaining, **facts},
        headers={"Retry-After": str(wait_s)},
    )
