from __future__ import annotations

from django.db import transaction

from accounts.models import User
from billing.ledger import open_credit_account
from billing.models import CreditAccount, Plan
from billing.plans.limits import PlanLimits, forget_limits, limits_of_plan
from billing.signals import plan_changed


@transaction.atomic
def change_plan(owner: User, slug: str) -> PlanLimits:
    """Changes the user's plan and returns its limits; credits stay the same.

    Raises Plan.DoesNotExist for an unknown slug.
    """
    plan = Plan.objects.get(slug=slug)
    CreditAccount.objects.filter(pk=open_credit_account(owner).pk).update(plan=plan)
    limits = limits_of_plan(plan)
    transaction.on_commit(lambda: forget_limits(owner.pk), robust=True)
    plan_changed.send(sender=change_plan, owner_id=owner.pk, limits=limits)
    return limits
