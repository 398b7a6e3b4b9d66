"""What a plan allows: limits for the apps above, change of plan, the three plans a new database starts with. No prices, no payments."""

from billing.plans.change import change_plan
from billing.plans.limits import PlanLimits, limits_of, require_feature

__all__ = ["PlanLimits", "change_plan", "limits_of", "require_feature"]
