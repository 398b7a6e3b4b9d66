"""Events that come twice, in another order, or never."""

from __future__ import annotations

import json

import pytest

from billing.stripe_fake.deliveries import Deliveries
from tests.stripe.shop import Shop


@pytest.mark.parametrize("way", ["once", "twice", "shuffled", "dropped"])
def test_an_endpoint_gets_events_in_the_chosen_way(shop: Shop, way: str) -> None:
    got: list[str] = []
    deliveries = Deliveries(lambda payload, signature: got.append(json.loads(payload)["id"]), way=way, seed=3)
    shop.world.deliver = deliveries
    before = len(shop.world.events)
    shop.subscribe()
    sent = [event["id"] for event in shop.world.events[before:]]
    assert got == (sent if way in ("once", "twice") else [])
    deliveries.flush()
    if way == "shuffled":
        assert got != sent
        assert sorted(got) == sorted(sent)
    else:
        assert got == {"once": sent, "twice": sent + sent, "dropped": []}[way]
    deliveries.flush()
    assert len(got) == {"once": 1, "twice": 2, "shuffled": 1, "dropped": 0}[way] * len(sent)
