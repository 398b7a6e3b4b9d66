"""`make run STRIPE=fake`: a Stripe beside the site that knows our plans and packs."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from billing.models import CreditPack, Plan
from billing.payments.client import stripe_client
from creator.config.billing import FAKE_STRIPE_DEFAULTS
from creator.fake_stripe import FakeStripeProcess, fake_stripe_options
from tests.jobs.execution.running import PATIENCE, eventually


@pytest.fixture
def fake_settings(settings, tmp_path):
    """As with STRIPE=fake, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.DATA_DIR = tmp_path
    settings.CONFIG = replace(
        settings.CONFIG,
        stripe="fake",
        stripe_api_url=f"http://127.0.0.1:{port}",
        stripe_webhook_secrets=(FAKE_STRIPE_DEFAULTS["STRIPE_WEBHOOK_SECRETS"],),
    )
    return settings


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_plans_and_packs_are_on_sale_once_it_is_ready_and_after_it_came_back(fake_settings):
    fake = FakeStripeProcess("http://127.0.0.1:9")
    fake.start()
    try:
        assert fake.ready.wait(PATIENCE)
        sold = [*Plan.objects.filter(price_cents__gt=0), *CreditPack.objects.all()]
        prices = {each.price_id: each.price_cents for each in sold}
        assert len(prices) == 4
        at_stripe = {each.id: each.unit_amount for each in stripe_client().v1.prices.list().data}
        assert at_stripe == prices
        process = fake._process
        process.kill()
        eventually(lambda: fake._process is not process and fake.ready.is_set())
        assert {each.id for each in stripe_client().v1.prices.list().data} == set(prices)
    finally:
        fake.stop()
    assert fake._process.poll() is not None


def test_it_is_told_where_the_site_is_and_how_to_sign(fake_settings, tmp_path):
    options = fake_stripe_options("http://127.0.0.1:8000")
    pairs = dict(zip(options[::2], options[1::2], strict=True))
    assert pairs["--webhook-url"] == "http://127.0.0.1:8000/stripe/webhook/"
    assert pairs["--webhook-secrets"] == "whsec_of_the_fake"
    assert pairs["--data-dir"] == str(tmp_path / "stripe_fake")


def test_the_command_says_what_is_missing():
    with pytest.raises(CommandError, match="STRIPE=fake"):
        call_command("fake_stripe")
