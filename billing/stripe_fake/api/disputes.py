"""Disputes are opened by banks. We can only give one up: https://docs.stripe.com/api/disputes/close."""

from __future__ import annotations

from billing.stripe_fake.calls import api
from billing.stripe_fake.resources.disputes import close_dispute
from billing.stripe_fake.world import Row, World


@api("POST", "/v1/disputes/{id}/close")
def close(world: World, id: str, given: Row) -> Row:
    row = world.find("dispute", id)
    close_dispute(world, row, "lost")
    return row
