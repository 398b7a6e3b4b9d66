"""What the fake accepts, Stripe accepts: every call and every parameter, at any depth."""

from __future__ import annotations

import pytest

from billing.stripe_fake.calls import CALLS, Call
from tests.stripe.description import unknown_parameters


@pytest.mark.parametrize("call", CALLS, ids=[f"{call.method} {call.path}" for call in CALLS])
def test_stripe_knows_the_call_and_its_parameters(call: Call) -> None:
    assert unknown_parameters(call.method, call.path, call.accepted) == []


def test_a_parameter_that_stripe_does_not_know_is_found() -> None:
    accepted = {"customer": str, "line_items": [{"price": str, "colour": str}], "gift": str}
    assert unknown_parameters("POST", "/v1/checkout/sessions", accepted) == [".gift", ".line_items.colour"]
    assert unknown_parameters("POST", "/v1/gifts", {}) == ["no such call: POST /v1/gifts"]
