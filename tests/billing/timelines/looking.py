"""How everything stands for a person, in the words of the tables."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from billing.ledger import hold_credits
from billing.models import CreditAccount, CreditBucket, Subscription
from creator.lib.errors import Refused
from creator.platform.models import Delivery

PRICE = 3
"""Credits of the job that `next job` tries to start."""


def look_at(person: User, *, mails_before: int) -> dict[str, str]:
    account = CreditAccount.objects.select_related("plan").get(owner=person)
    return {
        "plan": account.plan_id,
        "subscription": _subscription(account),
        "period": f"{_day(account.period_starts_at)} to {_day(account.period_ends_at)}",
        "credits": _credits(account),
        "debt": str(account.debt) if account.debt else "-",
        "next job": try_a_job(person),
        "told": ", ".join(sorted(mails_to(person)[mails_before:])) or "-",
    }


def mails_to(person: User) -> list[str]:
    """The kinds of all mails to the person, oldest first."""
    events = Delivery.objects.filter(kind="mail", destination=person.email).order_by("pk")
    return [event_id.partition(":")[0] for event_id in events.values_list("event_id", flat=True)]


def try_a_job(person: User) -> str:
    """`yes` if a job would be accepted now, else the code of the refusal. Nothing of it stays."""
    with transaction.atomic():
        try:
            hold_credits(owner_id=person.pk, amounts={f"try:{uuid4()}": PRICE}, label="cinematic")
        except Refused as refused:
            return refused.code
        finally:
            transaction.set_rollback(True)
    return "yes"


def _subscription(account: CreditAccount) -> str:
    newest = (
        Subscription.objects.filter(customer__account=account).order_by("-period_starts_at", "-pk").first()
    )
    if newest is None:
        return "-"
    words = [newest.status]
    if newest.ends_at and newest.status != "ended":
        words.append(f"ends {_day(newest.ends_at)}")
    if newest.next_plan_id:
        words.append(f"then {newest.next_plan_id}")
    return ", ".join(words)


def _credits(account: CreditAccount) -> str:
    """What each bucket has left, in the order of use."""
    rows = CreditBucket.objects.filter(account=account, left__gt=0)
    ordered = sorted(rows, key=lambda each: (each.expires_at is None, each.expires_at or 0, each.pk))
    parts = [f"{each.left}{f' till {_day(each.expires_at)}' if each.expires_at else ''}" for each in ordered]
    return (", ".join(parts) or "0") + (f" ({account.reserved} held)" if account.reserved else "")


def _day(at: datetime | None) -> str:
    return f"{at:%-d %b}" if at else "-"
