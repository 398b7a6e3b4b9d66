from __future__ import annotations

from datetime import UTC, datetime

import pytest
from stripe import StripeClient

from billing.stripe_fake import API_VERSION
from billing.stripe_fake.transport import FakeTransport
from tests.stripe.checked import CheckedWorld
from tests.stripe.shop import Shop


@pytest.fixture
def world() -> CheckedWorld:
    return CheckedWorld(now=datetime(2026, 1, 31, 12, tzinfo=UTC), seed=1)


@pytest.fixture
def client(world: CheckedWorld) -> StripeClient:
    return StripeClient("sk_test_fake", stripe_version=API_VERSION, http_client=FakeTransport(world))


@pytest.fixture
def shop(world: CheckedWorld, client: StripeClient) -> Shop:
    return Shop(world, client)
