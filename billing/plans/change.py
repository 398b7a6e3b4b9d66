from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts import api_keys
from accounts.models import User
from billing.ledger import end_period, open_credit_account
from billing.models import CreditAccount, Plan
from billing.models.plan import FREE
from billing.plans.limits import PlanLimits, forget_limits, limits_of_plan
from billing.signals import plan_changed, plan_edited
from creator.platform.audit import write_audit_line


@transaction.atomic
def change_plan(owner: User, slug: str, *, actor_id: UUID | None = None) -> PlanLimits:
    """Changes the user's plan and returns its limits; credits stay the same. An audit line names both plans.

    Unless the plan is paid, its credits come with the next use of the account, for the month from sign-up.
    `actor_id`: the member of staff who did it; None is the product. Raises Plan.DoesNotExist for an unknown slug.
    """
    plan = Plan.objects.get(slug=slug)
    limits = limits_of_plan(plan)
    account = CreditAccount.objects.select_for_update(no_key=True).get(pk=open_credit_account(owner).pk)
    if account.plan_id != slug:
        details = {"from": account.plan_id, "to": slug}
        CreditAccount.objects.filter(pk=account.pk).update(plan=plan)
        if slug == FREE or not account.period_is_paid:
            end_period(account.pk)
        write_audit_line("plan_changed", f"account:{account.pk}", details, actor_id=actor_id)
    transaction.on_commit(lambda: _forget(owner.pk), robust=True)
    plan_changed.send(sender=change_plan, owner_id=owner.pk, limits=limits)
    return limits


def tell_of_edit(slug: str) -> None:
    """Tells the apps above, after the commit, that staff changed the plan's numbers."""
    transaction.on_commit(_forget, robust=True)
    plan_edited.send(sender=tell_of_edit, slug=slug)


def _forget(owner_id: UUID | None = None) -> None:
    forget_limits(owner_id)
    api_keys.forget_permission(owner_id)
