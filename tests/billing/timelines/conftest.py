"""A stage on which timelines are played: our own Stripe in this process, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from stripe import StripeClient

from billing.ledger import bring_all_up_to_date
from billing.notifications.trials import remind_of_trials
from billing.payments import client
from billing.payments.look import look_at_customers
from billing.payments.prices import put_on_sale
from billing.stripe_fake import SECRET, World
from billing.stripe_fake.transport import FakeTransport
from tests.billing.timelines.post import Post, Way
from tests.billing.timelines.stage import Stage
from tests.billing.timelines.tables import Timeline

KEY = "sk_test_1"
BEATS = (bring_all_up_to_date, remind_of_trials)
"""The periodic tasks that people wait for. Without catching up and nightly looks: tables ask for those by name."""


@pytest.fixture
def staged(settings, monkeypatch, db) -> Callable[[Timeline, Way], object]:
    """Called with a timeline and a way: a stage, a minute before the first step."""
    settings.CONFIG = replace(settings.CONFIG, stripe_secret_key=KEY, stripe_webhook_secrets=(SECRET,))

    @contextmanager
    def stage(timeline: Timeline, way: Way) -> Iterator[Stage]:
        begins = timeline.steps[0].at - timedelta(minutes=1)
        world = World(now=begins, seed=1)
        transport = FakeTransport(world)
        monkeypatch.setattr(client, "Transport", lambda time_left: transport)
        client._client.cache_clear()
        put_on_sale(StripeClient(KEY, stripe_version=client.API_VERSION, http_client=transport))
        with time_machine.travel(begins, tick=True) as clock:
            yield Stage(clock, Post(world, way, look_at_customers), BEATS, begins)
        client._client.cache_clear()

    return stage
