"""Events, kept for 30 days: https://docs.stripe.com/api/events."""

from __future__ import annotations

from fnmatch import fnmatchcase

from billing.stripe_fake.accepts import CREATED, LIST, text
from billing.stripe_fake.calls import api
from billing.stripe_fake.errors import missing
from billing.stripe_fake.lists import page
from billing.stripe_fake.world import Row, World

KEPT_S = 30 * 24 * 3600


@api("GET", "/v1/events", {"type": text, "types": [text], "created": CREATED, **LIST})
def list_all(world: World, given: Row) -> Row:
    wanted = given.get("types") or [given.get("type", "*")]
    rows = [each for each in _kept(world) if any(fnmatchcase(each["type"], pattern) for pattern in wanted)]
    return page(rows, given, "/v1/events")


@api("GET", "/v1/events/{id}")
def retrieve(world: World, id: str, given: Row) -> Row:
    for event in _kept(world):
        if event["id"] == id:
            return event
    raise missing("event", id)


def _kept(world: World) -> list[Row]:
    return [event for event in world.events if event["created"] > world.now - KEPT_S]
