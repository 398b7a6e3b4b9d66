"""Limits and features of plans, plan changes, and the three plans of a new database.

No prices and no payments.
"""

from billing.plans.change import change_plan
from billing.plans.limits import PlanLimits, limits_of, require_feature

__all__ = ["PlanLimits", "change_plan", "limits_of", "require_feature"]
