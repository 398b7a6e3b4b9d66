"""The comparison with Stripe's description finds what it should find."""

from __future__ import annotations

import pytest

from tests.stripe.description import object_faults, parameter_faults
from tests.stripe.shop import Shop


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"current_period_end": 5}, "current_period_end"),
        ({"status": "trial"}, "'trial' is not one of"),
        ({"created": "today"}, "created"),
        ({"latest_invoice": {"id": "in_1", "object": "invoice"}}, "latest_invoice"),
    ],
    ids=["field of an older version", "unknown status", "wrong type", "half an object"],
)
def test_a_wrong_object_is_found(shop: Shop, change: dict[str, object], found: str) -> None:
    id = shop.subscribe().id
    subscription = dict(shop.world.rows["subscription"][id])
    assert object_faults(subscription) == []
    [fault] = object_faults(subscription | change)
    assert found in fault


def test_a_missing_field_is_found(shop: Shop) -> None:
    id = shop.subscribe().id
    subscription = dict(shop.world.rows["subscription"][id])
    del subscription["items"]
    assert object_faults(subscription) == [": 'items' is a required property"]


@pytest.mark.parametrize(
    ("path", "given", "found"),
    [
        ("/v1/customers", {"mail": "a@b.test"}, "'mail' was unexpected"),
        ("/v1/subscriptions/sub_1", {"items": [{"period": "p"}]}, "'period' was unexpected"),
        ("/v1/checkout/sessions", {"mode": "gift"}, "'gift' is not one of"),
        ("/v1/checkout/sessions", {"expires_at": "soon"}, "'soon' is not of type 'integer'"),
        ("/v1/money", {}, "no such call"),
    ],
)
def test_a_wrong_parameter_is_found(path: str, given: dict[str, object], found: str) -> None:
    [fault] = parameter_faults("POST", path, given)
    assert found in fault
