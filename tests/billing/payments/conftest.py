from collections.abc import Iterator
from dataclasses import replace

import pytest

from billing.ledger import open_credit_account
from billing.models import Customer, Plan
from billing.payments import client
from billing.payments.prices import put_on_sale
from billing.stripe_fake.transport import FakeTransport
from tests.billing.payments.buying import client_of
from tests.billing.payments.canned import CannedStripe
from tests.billing.payments.signing import SECRETS
from tests.billing.payments.sync.objects import CUSTOMER
from tests.stripe.checked import CheckedWorld


@pytest.fixture
def selling(settings) -> None:
    """The installation has a test key of Stripe and two webhook secrets, as during a rotation."""
    settings.CONFIG = replace(
        settings.CONFIG, stripe_secret_key="sk_test_1", stripe_webhook_secrets=tuple(SECRETS)
    )


@pytest.fixture
def customer(cast) -> Customer:
    """Stripe's customer of the owner, whom nothing waits to be asked about."""
    account = open_credit_account(cast.owner)
    return Customer.objects.create(account=account, customer_id="cus_1", is_live=False, wanted_at=None)


@pytest.fixture
def stripe(selling, monkeypatch, db) -> Iterator[CannedStripe]:
    """What Stripe says of customer cus_1: nothing but its address, until a test adds to it."""
    for slug in ("creator", "studio"):
        Plan.objects.filter(slug=slug).update(price_id=f"price_{slug}")
    canned = CannedStripe(dict(CUSTOMER))
    monkeypatch.setattr(client, "Transport", lambda time_left: canned)
    client._client.cache_clear()
    yield canned
    client._client.cache_clear()


@pytest.fixture
def world(selling, monkeypatch, db) -> Iterator[CheckedWorld]:
    """The Stripe that the product asks; plans and packs are on sale there."""
    world = CheckedWorld()
    monkeypatch.setattr(client, "Transport", lambda time_left: FakeTransport(world))
    client._client.cache_clear()
    put_on_sale(client_of(world))
    yield world
    client._client.cache_clear()
