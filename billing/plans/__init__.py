"""Limits and features of plans, plan changes, and the three plans of a new database.

No prices and no payments.
"""

from billing.plans.change import change_plan
from billing.plans.hourly import Hourly, count_hourly, require_hourly
from billing.plans.limits import PlanLimits, limits_of, missing_feature, require_feature

__all__ = [
    "Hourly",
    "PlanLimits",
    "change_plan",
    "count_hourly",
    "limits_of",
    "missing_feature",
    "require_feature",
    "require_hourly",
]
