"""The refusal of a photo, with the plan if a number of it decided."""

from __future__ import annotations

from billing.plans import PlanLimits, way_to_more
from creator.lib.errors import Refused
from jobs.uploads.unfit import RefusedPhoto


def naming_the_plan(refused: RefusedPhoto, limits: PlanLimits) -> Refused:
    """The refusal. If a number of the plan decided, it names the plan and the way to more."""
    if refused.exceeds not in ("upload_mib", "megapixels"):
        return Refused(refused.code, refused.message)
    way, facts = way_to_more(refused.exceeds, limits)
    return Refused(
        refused.code,
        f"{refused.message} That is the most that the {limits.title} plan takes. {way}",
        facts=facts,
    )
