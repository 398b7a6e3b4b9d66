"""A fake Stripe whose every call, answer and event is compared with Stripe's description of its API."""

from __future__ import annotations

from typing import Any

from billing.stripe_fake.idempotency import Answer
from billing.stripe_fake.world import World
from tests.stripe.description import event_types, object_faults, parameter_faults


class CheckedWorld(World):
    """Raises AssertionError where Stripe itself would answer, send or refuse something else."""

    def handle(self, method: str, path: str, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        status, body = super().handle(method, path, params, **more)
        if status == 200:
            assert parameter_faults(method, path, params or {}) == [], f"{method} {path} {params}"
            assert object_faults(body) == [], f"{method} {path}"
        return status, body

    def emit(self, type: str, row: dict[str, Any], previous: dict[str, Any] | None = None) -> None:
        super().emit(type, row, previous)
        event = self.events[-1]
        assert type in event_types()
        assert object_faults(event) == [], type
        assert object_faults(event["data"]["object"]) == [], type
