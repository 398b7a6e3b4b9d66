"""What a plan allows in any hour: photos sent, jobs started, running jobs stopped."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from billing.plans.limits import PlanLimits
from billing.plans.refusals import beyond_the_rate
from creator.lib.errors import Refused
from creator.lib.formatting import count, duration
from creator.lib.rate_limits import HOUR_S, Allowance, RateLimit, look, take


class Hourly(StrEnum):
    """What is counted, named like the columns of `Plan` before `_per_hour`."""

    UPLOADS = "uploads"
    SUBMITS = "submits"
    CANCELS = "cancels"


_NOUNS = {Hourly.UPLOADS: "photo", Hourly.SUBMITS: "job", Hourly.CANCELS: "running job"}
_SENTENCES = {
    Hourly.UPLOADS: "The {plan} plan takes {most} in any hour. Add more photos in {wait}.",
    Hourly.SUBMITS: "The {plan} plan starts {most} in any hour. {part} in {wait}.",
    Hourly.CANCELS: "The {plan} plan stops {most} in any hour. This job runs on; you can stop it in {wait}.",
}


def require_hourly(what: Hourly, owner_id: UUID, limits: PlanLimits, cost: int = 1) -> None:
    """Counts nothing. Raises Refused `rate_limited` if the plan allows fewer than `cost` more at the moment."""
    left = look(_limit(what, owner_id, limits))
    if left.remaining < cost:
        raise _refusal(what, limits, left, cost)


def count_hourly(what: Hourly, owner_id: UUID, limits: PlanLimits, cost: int = 1) -> None:
    """Counts `cost` more, or raises Refused `rate_limited` and counts nothing: one atomic step."""
    limit = _limit(what, owner_id, limits)
    is_counted, left = take(limit, cost), look(limit)
    if not is_counted:
        raise _refusal(what, limits, left, cost)


def _limit(what: Hourly, owner_id: UUID, limits: PlanLimits) -> RateLimit:
    most: int = getattr(limits, f"{what}_per_hour")
    return RateLimit(what, str(owner_id), most)


def _refusal(what: Hourly, limits: PlanLimits, left: Allowance, cost: int) -> Refused:
    wait_s = left.wait_s or HOUR_S
    sentence = _SENTENCES[what].format(
        plan=limits.title,
        most=count(left.most, _NOUNS[what]),
        wait=duration(wait_s),
        part=f"Start {left.remaining:,} of these {cost:,} now, and more"
        if left.remaining
        else "Start more jobs",
    )
    return beyond_the_rate(f"{what}_per_hour", limits, left, sentence, wait_s)
