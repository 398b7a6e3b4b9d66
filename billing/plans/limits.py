from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from uuid import UUID

from django.conf import settings

from billing.enums import Feature
from billing.models import CreditAccount, Plan
from billing.models.plan import FREE
from billing.selling import ask_for
from creator.lib.errors import Refused
from creator.lib.ttl_cache import TTLCache

MIB = 1024 * 1024
LATELY_S = 10.0


@dataclass(frozen=True)
class PlanLimits:
    """A user's limits: the plan's numbers, with those for photos capped by the installation's limits.

    The columns of `Plan` document each number.
    """

    slug: str
    title: str
    jobs_per_period: int
    parallel_jobs: int
    queued_jobs: int
    upload_mib: int
    megapixels: int
    batch_files: int
    requests_per_minute: int
    requests_per_hour: int
    submits_per_hour: int
    uploads_per_hour: int
    cancels_per_hour: int
    unused_photos: int
    unused_mib: int
    priority_bonus_s: int
    share: float
    retention_days: int
    features: frozenset[str]

    @property
    def upload_bytes(self) -> int:
        return self.upload_mib * MIB

    @property
    def unused_bytes(self) -> int:
        return self.unused_mib * MIB


_lately: TTLCache[UUID, PlanLimits] = TTLCache(LATELY_S)
_COLUMNS = tuple(field.name for field in fields(PlanLimits) if field.name != "features")


def limits_of_plan(plan: Plan) -> PlanLimits:
    """The plan's limits, combined with those of the installation (`MAX_UPLOAD_MIB` and others)."""
    config = settings.CONFIG
    values = {name: getattr(plan, name) for name in _COLUMNS} | {
        "upload_mib": min(plan.upload_mib, config.max_upload_mib),
        "megapixels": min(plan.megapixels, config.max_megapixels),
        "batch_files": min(plan.batch_files, config.max_batch_files),
    }
    return PlanLimits(**values, features=frozenset(plan.features))


def limits_of(owner_id: UUID) -> PlanLimits:
    """The user's limits, or those of the free plan if the user has no account yet."""
    plan = Plan.objects.filter(credit_accounts__owner_id=owner_id).first()
    return limits_of_plan(plan or Plan.objects.get(slug=FREE))


def lately_limits_of(owner_id: UUID) -> PlanLimits:
    """As `limits_of`, up to LATELY_S old in other processes than the one that changed the plan. Mostly no query."""
    return _lately.get(owner_id, lambda: limits_of(owner_id))


def forget_limits(owner_id: UUID | None = None) -> None:
    """Makes `lately_limits_of` read anew in this process: for one person, or for all."""
    _lately.drop(owner_id) if owner_id else _lately.clear()


def require_feature(owner_id: UUID, feature: Feature) -> None:
    """Raises Refused `plan_required` if the user's plan does not include the feature."""
    if refused := missing_feature([owner_id], feature).get(owner_id):
        raise refused


def missing_feature(owner_ids: Collection[UUID], feature: Feature) -> dict[UUID, Refused]:
    """The refusal (`plan_required`) for each of these users whose plan does not include the feature.

    One query, and one more if any of them has no account yet: they have the free plan. `lately_limits_of` then
    knows their limits, so that a request with an API key reads its plan once.
    """
    accounts = CreditAccount.objects.filter(owner_id__in=owner_ids).select_related("plan")
    plans = {account.owner_id: account.plan for account in accounts if account.owner_id}
    if without := set(owner_ids) - plans.keys():
        plans |= dict.fromkeys(without, Plan.objects.get(slug=FREE))
    for who, plan in plans.items():
        _lately.put(who, limits_of_plan(plan))
    return {who: _without(plan, feature) for who, plan in plans.items() if feature not in plan.features}


def _without(plan: Plan, feature: Feature) -> Refused:
    """Names the smallest offered plan that includes the feature. One query."""
    offered = Plan.objects.filter(is_offered=True).order_by("price_cents", "position")
    having = next((each for each in offered if feature in each.features), None)
    way, facts = ask_for(f"the {having.title} plan, which does" if having else "it")
    message = f"The {plan.title} plan does not include {feature.label}. {way}"
    return Refused("plan_required", message, facts={"feature": feature.value, **facts})
