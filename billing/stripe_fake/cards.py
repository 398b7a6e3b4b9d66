"""Cards of people, by the numbers of Stripe's own test cards: https://docs.stripe.com/testing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["succeeded", "declined", "requires_action"]


@dataclass(frozen=True)
class Card:
    """How payments with a card end: with the person present, and later without."""

    number: str
    title: str
    present: Outcome
    later: Outcome

    @property
    def last4(self) -> str:
        return self.number[-4:]


GOOD = Card("4242424242424242", "A card that pays", "succeeded", "succeeded")
DECLINED = Card("4000000000000002", "A card that is declined", "declined", "declined")
ASKS_ONCE = Card("4000002500003155", "The bank asks to confirm, once", "requires_action", "succeeded")
ASKS_ALWAYS = Card(
    "4000002760003184", "The bank asks to confirm each payment", "requires_action", "requires_action"
)
FAILS_LATER = Card("4000000000000341", "A card that pays now and fails later", "succeeded", "declined")

CARDS = {card.number: card for card in (GOOD, DECLINED, ASKS_ONCE, ASKS_ALWAYS, FAILS_LATER)}
