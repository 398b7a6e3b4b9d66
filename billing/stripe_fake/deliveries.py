"""Ways in which events reach an endpoint. Stripe promises neither order nor that an event comes once."""

from __future__ import annotations

import random
from typing import Literal

from billing.stripe_fake.world import Deliver

Way = Literal["once", "twice", "shuffled", "dropped"]


class Deliveries:
    """Stands between a World and its endpoint, and lets events through in a chosen way.

    - once: each at once, in order
    - twice: each at once and again at `flush`
    - shuffled: all at `flush`, in another order
    - dropped: none
    """

    def __init__(self, deliver: Deliver, *, way: Way = "once", seed: int = 0) -> None:
        self.way: Way = way
        self._deliver = deliver
        self._random = random.Random(seed)  # noqa: S311  an order, no secret
        self._held: list[tuple[bytes, str]] = []

    def __call__(self, payload: bytes, signature: str) -> None:
        """Takes an event of the World."""
        if self.way in ("once", "twice"):
            self._deliver(payload, signature)
        if self.way in ("twice", "shuffled"):
            self._held.append((payload, signature))

    def flush(self) -> None:
        """Delivers what is held."""
        held, self._held = self._held, []
        if self.way == "shuffled":
            self._random.shuffle(held)
        for each in held:
            self._deliver(*each)
