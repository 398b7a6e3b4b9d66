"""Plans and packs get prices at Stripe, found again by keys of ours, and what differs is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from billing.models import CreditPack, Plan
from billing.payments.prices import put_on_sale
from tests.billing.payments.buying import client_of, pack, plan


def told(capsys, *given: str) -> str:
    call_command("stripe_prices", *given)
    return capsys.readouterr().out


def difference() -> str:
    with pytest.raises(CommandError) as error:
        call_command("stripe_prices", "--check")
    return str(error.value)


def test_each_gets_a_price_of_its_own(world):
    prices = {row["id"]: row for row in world.all("price")}
    sold = [plan("creator"), plan("studio"), pack("credits-500"), pack("credits-2500")]
    assert [prices[each.price_id]["unit_amount"] for each in sold] == [1900, 9900, 1500, 6000]
    assert [bool(prices[each.price_id]["recurring"]) for each in sold] == [True, True, False, False]
    assert plan("free").price_id == ""


def test_it_may_be_repeated(world, capsys):
    before = (plan("creator").price_id, len(world.all("price")), len(world.all("product")))
    assert told(capsys).endswith("All prices are as Stripe has them.\n")
    assert (plan("creator").price_id, len(world.all("price")), len(world.all("product"))) == before


def test_an_edited_price_is_told_and_then_another(world, capsys):
    Plan.objects.filter(slug="creator").update(price_cents=2_100)
    old = plan("creator").price_id
    assert difference() == "Creator costs 21.00 EUR here and 19.00 EUR at Stripe."
    told(capsys)
    assert plan("creator").price_id != old
    assert told(capsys, "--check") == "All prices are as Stripe has them.\n"


def test_what_is_not_offered_is_not_put_on_sale(world):
    Plan.objects.filter(slug="studio").update(is_offered=False, price_id="")
    CreditPack.objects.update(is_offered=False, price_id="")
    put_on_sale(client_of(world))
    assert (plan("studio").price_id, pack().price_id) == ("", "")


@pytest.mark.parametrize(
    ("price_id", "said"),
    [
        ("", "has no price at Stripe yet."),
        ("price_9", "names a price that Stripe does not know in this mode."),
    ],
)
def test_a_missing_or_unknown_price_is_told(world, price_id, said):
    Plan.objects.filter(slug="creator").update(price_id=price_id)
    assert difference() == f"Creator {said}"


def test_a_price_that_is_paid_in_another_rhythm_is_told(world):
    monthly, once = plan("creator").price_id, pack().price_id
    Plan.objects.filter(slug="creator").update(price_id=once)
    CreditPack.objects.filter(slug="credits-500").update(price_id=monthly)
    assert "Creator has a price at Stripe that is not paid once a month." in difference()
    assert "500 credits has a price at Stripe that is not paid once." in difference()


def test_without_a_key_the_command_says_what_to_do(db, settings):
    settings.CONFIG = replace(settings.CONFIG, stripe_secret_key="", stripe="")
    with pytest.raises(CommandError, match="Set STRIPE_SECRET_KEY"):
        call_command("stripe_prices")
