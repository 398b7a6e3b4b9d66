"""A person, a Stripe of our own and a clock that moves: what a timeline is played on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import time_machine

from accounts.models import User
from billing.stripe_fake import World
from tests.billing.timelines.post import Post

DAY = timedelta(days=1)


@dataclass
class Stage:
    """`post` brings what Stripe sends; `beats` are the periodic tasks, each a function."""

    clock: time_machine.Traveller
    post: Post
    beats: tuple[Callable[[], Any], ...]
    now: datetime
    person: User = field(init=False)
    notes: dict[str, Any] = field(default_factory=dict)
    """What one step leaves for a later one, such as the jobs that it started."""

    @property
    def stripe(self) -> World:
        return self.post.stripe

    def go_to(self, at: datetime, *, beats: int = 1) -> None:
        """Lets time pass, a day at a time. On each day Stripe does what is due, and the tasks run `beats` times."""
        while self.now < at:
            self.now = min(self.now + DAY, at)
            self.clock.move_to(self.now)
            self.stripe.advance(self.now)
            self.settle(beats)

    def settle(self, beats: int = 1) -> None:
        """Everything that is under way comes to rest: messages of Stripe, looks at customers, periodic tasks."""
        self.post.bring_all()
        for _ in range(beats):
            for beat in self.beats:
                beat()
