"""Ends of periods and trials: https://docs.stripe.com/billing/subscriptions/overview."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from billing.stripe_fake.clock import Due, falls_due
from billing.stripe_fake.flows import collecting
from billing.stripe_fake.flows.ending import end_at_once
from billing.stripe_fake.flows.phases import enter_next_phase
from billing.stripe_fake.flows.starting import title_of
from billing.stripe_fake.resources.invoice_lines import line
from billing.stripe_fake.resources.invoices import DRAFT_S, draft
from billing.stripe_fake.resources.subscriptions import item_of, period_end
from billing.stripe_fake.world import Row, World

REMINDED_BEFORE_S = 3 * 24 * 3600


@falls_due
def _periods(world: World) -> Iterator[Due]:
    for row in world.all("subscription"):
        if row["ended_at"] is None:
            end = item_of(row)["current_period_end"]
            yield Due(end, partial(end_period, world, row), row["id"], "the period ends")
            if row["status"] == "trialing" and not world.hidden[row["id"]].get("reminded"):
                soon = row["trial_end"] - REMINDED_BEFORE_S
                yield Due(soon, partial(_remind, world, row), row["id"], "a reminder: the trial ends")


def _remind(world: World, row: Row) -> None:
    world.hidden[row["id"]]["reminded"] = True
    world.emit("customer.subscription.trial_will_end", row)


def end_period(world: World, row: Row) -> None:
    """The subscription ends, or its next period begins with an invoice that stays a draft for an hour."""
    if row["cancel_at_period_end"]:
        end_at_once(world, row, reason="cancellation_requested")
        return
    collecting.discard_update(world, row)
    item = item_of(row)
    began, ended = item["current_period_start"], item["current_period_end"]
    with world.changing(row, "customer.subscription.updated"):
        enter_next_phase(world, row)
        next_end = period_end(item["price"], row["billing_cycle_anchor"], after=ended)
        item |= {"current_period_start": ended, "current_period_end": next_end}
        if row["status"] == "trialing":
            row["status"] = "active"
        lines = [_line(world, row, item["price"], (ended, next_end))]
        customer = world.find("customer", row["customer"])
        invoice = draft(world, customer, lines, reason="subscription_cycle", subscription=row)
    invoice |= {"period_start": began, "period_end": ended}
    if row["status"] != "unpaid":
        invoice |= {"auto_advance": True, "automatically_finalizes_at": world.now + DRAFT_S}


def line_after(world: World, row: Row, price: Row | None = None) -> Row:
    """The line for the period after the present one. `price`: another one than the present."""
    item = item_of(row)
    start = item["current_period_end"]
    price = price or item["price"]
    return _line(world, row, price, (start, period_end(price, row["billing_cycle_anchor"], after=start)))


def _line(world: World, row: Row, price: Row, period: tuple[int, int]) -> Row:
    return line(
        world,
        amount=price["unit_amount"],
        description=title_of(world, price),
        price=price,
        period=period,
        subscription=row,
    )
