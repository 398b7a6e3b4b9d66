"""Which credits follow from what is paid (pure). Each grant has a name made of Stripe's ids, so it counts once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from billing.ledger.months import add_months
from billing.models import Plan
from billing.payments.sync.facts import Facts, Invoice, Line, Subscription

AFTER_A_PERIOD = timedelta(days=3)
"""Credits of a paid period last so much longer: the payment of the next one may be a little late."""
INVOICE, TRIAL, PACK = "invoice", "trial", "pack"
PlanOf = Callable[[str, Subscription | None], Plan | None]
"""A price, and the subscription that has it → the plan that it pays for."""


@dataclass(frozen=True)
class Grant:
    """Credits to grant once per source and id."""

    source: str
    source_id: str
    amount: int
    reason: str
    expires_at: datetime


def grants_of(facts: Facts, account_id: int, plan_of: PlanOf, now: datetime) -> Iterator[Grant]:
    """All that the customer has paid for, and the trial that runs. Most of it was granted at an earlier look.

    What was paid for lasts from `now` on for as long as was sold, however late it was paid or we heard of it.
    """
    yield from _trial(facts, account_id, plan_of)
    for invoice in facts.invoices:
        if invoice.status == "paid" and invoice.subscription_id:
            yield from _of_invoice(invoice, facts, plan_of, now)
    for session in facts.sessions:
        if session.is_paid and session.pack and session.credits:
            lasts = timedelta(days=session.lasts_days)
            yield Grant(PACK, session.id, session.credits, "Credits bought", now + lasts)


def _trial(facts: Facts, account_id: int, plan_of: PlanOf) -> Iterator[Grant]:
    """One per account: a later subscription brings no second one."""
    current = facts.current
    if current is None or current.status != "trial" or current.trial_ends_at is None:
        return
    if (plan := plan_of(current.price_id, current)) and plan.trial_credits:
        reason = f"Trial of the {plan.title} plan"
        yield Grant(TRIAL, str(account_id), plan.trial_credits, reason, current.trial_ends_at)


def _of_invoice(invoice: Invoice, facts: Facts, plan_of: PlanOf, now: datetime) -> Iterator[Grant]:
    """By period and not by amount: an invoice that a voucher pays is worth as much. Time of a trial is worth nothing."""
    subscription = facts.subscription(invoice.subscription_id)
    trial_ends_at = subscription and subscription.trial_ends_at
    lines = [each for each in invoice.lines if not trial_ends_at or each.starts_at >= trial_ends_at]
    for line in lines:
        if (plan := plan_of(line.price_id, subscription)) is None:
            continue
        name = f"{invoice.id}:{line.starts_at.timestamp():.0f}"
        expires_at = max(line.ends_at + AFTER_A_PERIOD, now + (line.ends_at - line.starts_at))
        if not line.is_proration:
            yield Grant(INVOICE, name, plan.credits, f"Credits of the {plan.title} plan", expires_at)
        elif line.cents > 0:
            unused = _unused_for(line, lines)
            old = plan_of(unused.price_id, subscription) if unused else None
            more = (plan.credits - (old.credits if old else 0)) * _share_left(line, invoice, facts)
            if round(more) > 0:
                yield Grant(INVOICE, name, round(more), f"Change to the {plan.title} plan", expires_at)


def _unused_for(line: Line, lines: list[Line]) -> Line | None:
    """The line that credits the time for which the old plan was paid and is not used."""
    unused = (each for each in lines if each.is_proration and each.cents < 0 and each.ends_at == line.ends_at)
    return next(unused, None)


def _share_left(line: Line, invoice: Invoice, facts: Facts) -> Fraction:
    """How much of its period was left when the plan was changed."""
    left = line.ends_at - line.starts_at
    whole = line.ends_at - min(line.starts_at, _start_of_period(line, invoice, facts))
    return Fraction(round(left.total_seconds()), round(whole.total_seconds()))


def _start_of_period(line: Line, invoice: Invoice, facts: Facts) -> datetime:
    """From the period's own invoice: a look that comes late sees a later period in the subscription."""
    same = [each for each in facts.invoices if each.subscription_id == invoice.subscription_id]
    for each in (line_of for one in same for line_of in one.lines):
        if not each.is_proration and each.ends_at == line.ends_at:
            return each.starts_at
    return add_months(line.ends_at, -1)
