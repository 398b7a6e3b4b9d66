"""Brings what Stripe sends to our door, in the way of the test: once and in order, five times at once, or shuffled."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client

from billing.stripe_fake import World
from tests.jobs.lifecycle.threads import together

ADDRESS = "/stripe/webhook/"
Letter = tuple[bytes, str]
"""The body of a webhook, and its signature."""
Way = Callable[[Sequence[Letter], Callable[[Letter], None]], None]
TIMES = 5


def once(letters: Sequence[Letter], bring: Callable[[Letter], None]) -> None:
    for letter in letters:
        bring(letter)


def five_times_at_once(letters: Sequence[Letter], bring: Callable[[Letter], None]) -> None:
    """In threads on PostgreSQL; SQLite has one writer at a time, and there one after the other."""
    for letter in letters:
        if connection.vendor == "sqlite":
            once([letter] * TIMES, bring)
        else:
            together(*[lambda letter=letter: bring(letter)] * TIMES)


def shuffled(letters: Sequence[Letter], bring: Callable[[Letter], None]) -> None:
    mixed = list(letters)
    random.Random(len(letters)).shuffle(mixed)
    once(mixed, bring)


WAYS: dict[str, Way] = {"once": once, "five times at once": five_times_at_once, "shuffled": shuffled}


@dataclass
class Post:
    """`stripe` is the world that sends; `look` works off what its messages asked for."""

    stripe: World
    way: Way
    look: Callable[[], Any]
    is_lost: bool = False
    comes_last_first: bool = False
    has_two_names: bool = False
    sent: list[Letter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stripe.deliver = lambda payload, signature: self.sent.append((payload, signature))

    def bring_all(self) -> None:
        """Brings what was sent, and what is sent because of it, until nothing is under way."""
        while self.sent:
            letters, self.sent[:] = list(self.sent), []
            if self.has_two_names:
                letters = [each for letter in letters for each in (letter, self._renamed(letter))]
            if self.comes_last_first:
                letters.reverse()
            if not self.is_lost:
                self.way(letters, self._bring)
        self.look()

    def _renamed(self, letter: Letter) -> Letter:
        """The same fact in another event, with an id of its own."""
        event = json.loads(letter[0])
        return self.stripe.signed(event | {"id": f"{event['id']}again"})

    def _bring(self, letter: Letter) -> None:
        payload, signature = letter
        answer = Client().post(
            ADDRESS, payload, content_type="application/json", headers={"Stripe-Signature": signature}
        )
        assert answer.status_code == 200, answer.content
        self.look()
