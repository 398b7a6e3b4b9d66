"""Phases of schedules: a planned change of price at the end of a period."""

from __future__ import annotations

from billing.stripe_fake.resources.subscriptions import item_of
from billing.stripe_fake.world import Row, World


def enter_next_phase(world: World, subscription: Row) -> None:
    """Applies the phase that begins now; after the last one the schedule lets the subscription go.

    Call it while the subscription changes; it emits the schedule's events only.
    """
    if not subscription["schedule"]:
        return
    schedule = world.find("subscription_schedule", subscription["schedule"])
    begins = next((each for each in schedule["phases"] if each["start_date"] == world.now), None)
    if begins is None:
        release(world, schedule, subscription)
        return
    item_of(subscription)["price"] = world.find("price", begins["items"][0]["price"])
    with world.changing(schedule, "subscription_schedule.updated"):
        schedule["current_phase"] = {"start_date": begins["start_date"], "end_date": begins["end_date"]}


def release(world: World, schedule: Row, subscription: Row) -> None:
    """The subscription goes on as it is now, without the schedule."""
    schedule |= {
        "status": "released",
        "released_at": world.now,
        "released_subscription": subscription["id"],
        "subscription": None,
        "current_phase": None,
    }
    subscription["schedule"] = None
    world.emit("subscription_schedule.released", schedule)
