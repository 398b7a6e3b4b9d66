"""Limits and features of plans, plan changes, and the three plans of a new database.

No prices and no payments.
"""

from billing.plans.change import change_plan, tell_of_edit
from billing.plans.hourly import Hourly, count_hourly, require_hourly
from billing.plans.limits import (
    PlanLimits,
    lately_limits_of,
    limits_of,
    limits_of_plan,
    missing_feature,
    require_feature,
)
from billing.plans.refusals import way_to_more
from billing.plans.requests import count_request

__all__ = [
    "Hourly",
    "PlanLimits",
    "change_plan",
    "count_hourly",
    "count_request",
    "lately_limits_of",
    "limits_of",
    "limits_of_plan",
    "missing_feature",
    "require_feature",
    "require_hourly",
    "tell_of_edit",
    "way_to_more",
]
