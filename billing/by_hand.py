"""What staff do by hand to the credits and the plan of a person: once, and with an audit line that names them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing.enums import LIVE
from billing.ledger import adjust, credit_account_of
from billing.models import Plan, Subscription
from billing.plans import PlanLimits, change_plan
from billing.selling import of_our_mode
from creator.lib.errors import Refused
from creator.platform.audit import write_audit_line

MOST = 10_000_000
"""Credits of one adjustment."""
REASON_LENGTH = 200


@transaction.atomic
def adjust_credits(*, owner: User, amount: int, reason: str, key: UUID, actor_id: UUID | None = None) -> bool:
    """Adds credits, or takes them with a negative amount. False if the adjustment with this key was made before.

    The reason stays in the ledger for ever, so it must not name the person. `actor_id`: the member of staff; None is
    the command line. Raises Refused: `invalid_parameters`, `insufficient_credits` if there are fewer to take.
    """
    _check(amount, reason)
    is_new = adjust(
        owner_id=owner.pk, amount=amount, source="staff", source_id=str(key), reason=reason.strip()
    )
    if is_new:
        subject = f"account:{credit_account_of(owner.pk).pk}"
        write_audit_line(
            "credits_adjusted", subject, {"amount": amount, "source_id": str(key)}, actor_id=actor_id
        )
    return is_new


def set_plan(*, owner: User, slug: str, actor_id: UUID | None = None) -> PlanLimits:
    """Gives a person another plan; their credits stay. `actor_id` as in `adjust_credits`.

    Raises Refused: `not_found` for an unknown plan, `not_allowed` if a subscription decides the plan.
    """
    if not Plan.objects.filter(pk=slug).exists():
        raise Refused("not_found", f"There is no plan {slug}. Plans: {', '.join(_slugs())}.")
    of_person = Subscription.objects.filter(customer__account__owner=owner, status__in=LIVE)
    if subscription := of_our_mode(of_person).select_related("plan").first():
        raise Refused(
            "not_allowed",
            f"This person pays for the {subscription.plan.title} plan at Stripe, and that decides their plan. "
            f"Change or end the subscription {subscription.subscription_id} at Stripe instead.",
        )
    return change_plan(owner, slug, actor_id=actor_id)


def _slugs() -> list[str]:
    return list(Plan.objects.order_by("position").values_list("slug", flat=True))


def _check(amount: int, reason: str) -> None:
    problems = {}
    if not amount or abs(amount) > MOST:
        problems["amount"] = f"Write how many credits: from 1 to {MOST:,}, with a minus to take them."
    if not reason.strip() or len(reason.strip()) > REASON_LENGTH:
        problems["reason"] = f"Say why, in at most {REASON_LENGTH} characters."
    if problems:
        raise Refused("invalid_parameters", "Please correct this.", problems)
