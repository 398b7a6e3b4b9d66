"""A Stripe of our own, for tests and for play: no money moves.

It keeps customers, prices, checkouts, subscriptions, invoices and payments in memory, answers the calls of
Stripe's API version 2026-05-27.dahlia that Creator makes, and sends signed events. It refuses calls and
parameters that it does not know: a new one has to be added here, and is then compared with Stripe's description.

- `World`: objects, clock, events
- `people`: what customers, staff and banks do
- `transport.FakeTransport`: lets the `stripe` library ask a World in the same process
"""

from billing.stripe_fake import api, people
from billing.stripe_fake.cards import ASKS_ALWAYS, ASKS_ONCE, DECLINED, FAILS_LATER, GOOD, Card
from billing.stripe_fake.faults import Fault
from billing.stripe_fake.world import API_VERSION, SECRET, World

__all__ = [
    "API_VERSION",
    "ASKS_ALWAYS",
    "ASKS_ONCE",
    "DECLINED",
    "FAILS_LATER",
    "GOOD",
    "SECRET",
    "Card",
    "Fault",
    "World",
    "api",
    "people",
]
