"""How the refusals of a plan's numbers lead on: to the smallest offered plan that allows more."""

from __future__ import annotations

from django.conf import settings

from billing.models import Plan
from billing.plans.limits import PlanLimits, limits_of_plan
from billing.selling import NO_LARGER_PLAN, Facts, ask_for, is_selling, name_plan
from creator.lib.errors import Refused
from creator.lib.rate_limits import Allowance

UNITS = {"upload_mib": " MB", "unused_mib": " MB", "megapixels": " megapixels"}


def way_to_more(column: str, limits: PlanLimits) -> tuple[str, Facts]:
    """A sentence on how to get more of `column`, a number of `PlanLimits`, and facts for `Refused`. One query at most."""
    allowed = getattr(limits, column)
    if allowed == getattr(settings.CONFIG, f"max_{column}", None):
        return NO_LARGER_PLAN, {}  # it is the limit of the installation
    if not is_selling():
        return ask_for("a larger plan")
    for plan in map(limits_of_plan, Plan.objects.filter(is_offered=True).order_by("price_cents", "position")):
        if (number := getattr(plan, column)) > allowed:
            return name_plan(plan.title, f"{number:,}{UNITS.get(column, '')}")
    return NO_LARGER_PLAN, {}


def beyond_the_rate(column: str, limits: PlanLimits, left: Allowance, sentence: str, wait_s: int) -> Refused:
    """The refusal of more than the plan's `column` allows in its period; `sentence` says it, and for how long."""
    way, facts = way_to_more(column, limits)
    return Refused(
        "rate_limited",
        " ".join([sentence, way]),
        facts={"limit": left.most, "remaining": left.remaining, **facts},
        headers={"Retry-After": str(wait_s)},
    )
