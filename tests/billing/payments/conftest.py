from dataclasses import replace

import pytest

from billing.ledger import open_credit_account
from billing.models import Customer
from tests.billing.payments.signing import SECRETS


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
