"""Subscription schedules, made from a subscription: https://docs.stripe.com/api/subscription_schedules."""

from __future__ import annotations

from billing.stripe_fake.accepts import boolean, metadata, need, now_or_moment, one_of, text, whole
from billing.stripe_fake.api.subscriptions import PRORATION
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.fields import set_fields
from billing.stripe_fake.flows.phases import release as let_go
from billing.stripe_fake.resources.subscription_schedules import phase, schedule_of
from billing.stripe_fake.resources.subscriptions import period_end
from billing.stripe_fake.world import Row, World

PHASE = {
    "items": [{"price": text, "quantity": whole}],
    "start_date": now_or_moment,
    "end_date": now_or_moment,
    "duration": {"interval": one_of("month", "year"), "interval_count": whole},
    "proration_behavior": PRORATION,
    "trial_end": now_or_moment,
}


@api("POST", "/v1/subscription_schedules", {"from_subscription": text})
def create(world: World, given: Row) -> Row:
    need(given, "from_subscription")
    subscription = world.find("subscription", given["from_subscription"], param="from_subscription")
    if subscription["schedule"]:
        raise bad_request("The subscription already has a schedule.", param="from_subscription")
    if subscription["ended_at"] is not None:
        raise bad_request("The subscription has ended.", param="from_subscription")
    if subscription["cancel_at_period_end"]:
        raise bad_request(
            "You cannot migrate a subscription that is set to cancel at the period end.",
            param="from_subscription",
        )
    return schedule_of(world, subscription)


@api(
    "POST",
    "/v1/subscription_schedules/{id}",
    {
        "end_behavior": one_of("cancel", "release"),
        "metadata": metadata,
        "phases": [PHASE],
        "proration_behavior": PRORATION,
    },
)
def update(world: World, id: str, given: Row) -> Row:
    """Only the phases to come may change: the present one keeps its start."""
    row = _active(world, id)
    if given.get("end_behavior") == "cancel":
        raise bad_request("This fake's schedules end with `release`.", param="end_behavior")
    phases = _phases(world, row, given["phases"]) if "phases" in given else row["phases"]
    with world.changing(row, "subscription_schedule.updated"):
        set_fields(row, {name: given[name] for name in ("end_behavior", "metadata") if name in given})
        row["phases"] = phases
        row["current_phase"] = {"start_date": phases[0]["start_date"], "end_date": phases[0]["end_date"]}
    return row


def _phases(world: World, row: Row, given: list[Row]) -> list[Row]:
    present = next(each for each in row["phases"] if each["end_date"] > world.now)
    if not given or given[0].get("start_date", present["start_date"]) != present["start_date"]:
        raise bad_request(
            "You can not modify the start date of the current phase.", param="phases[0][start_date]"
        )
    phases: list[Row] = []
    start = present["start_date"]
    for number, each in enumerate(given):
        param = f"phases[{number}]"
        if each.get("start_date", start) != start:
            raise bad_request("A phase must start when the one before ends.", param=f"{param}[start_date]")
        phases.append(_phase(world, each, start, param))
        start = phases[-1]["end_date"]
    return phases


def _phase(world: World, given: Row, start: int, param: str) -> Row:
    if len(given.get("items", [])) != 1:
        raise bad_request("This fake's phases have one item.", param=f"{param}[items]")
    price = world.find("price", given["items"][0].get("price", ""), param=f"{param}[items][0][price]")
    if isinstance(given.get("end_date"), int):
        end = given["end_date"]
    elif "duration" in given:
        end = period_end({"recurring": {"interval_count": 1, **given["duration"]}}, start, after=start)
    else:
        raise bad_request("Missing required param: end_date or duration.", param=f"{param}[end_date]")
    if end <= start:
        raise bad_request("A phase must end after it starts.", param=f"{param}[end_date]")
    return phase(
        price, start, end, proration=given.get("proration_behavior", "none"), trial_end=given.get("trial_end")
    )


@api("POST", "/v1/subscription_schedules/{id}/release", {"preserve_cancel_date": boolean})
def release(world: World, id: str, given: Row) -> Row:
    row = _active(world, id)
    subscription = world.find("subscription", row["subscription"])
    with world.changing(subscription, "customer.subscription.updated"):
        let_go(world, row, subscription)
    return row


def _active(world: World, id: str) -> Row:
    row = world.find("subscription_schedule", id)
    if row["status"] != "active":
        raise bad_request(f"You cannot change a subscription schedule that is {row['status']}.")
    return row
