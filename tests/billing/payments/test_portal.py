from __future__ import annotations

import logging

import pytest

from billing.models import StripeRequest
from billing.payments.checkout import start_top_up
from billing.payments.portal import open_portal
from billing.stripe_fake import people
from creator.lib.errors import Refused
from tests.billing.payments.buying import Buyer, pack


@pytest.fixture
def buyer(cast, world) -> Buyer:
    """A person who has a customer at Stripe."""
    start_top_up(cast.owner, pack())
    return Buyer(cast.owner, world)


def portals(buyer) -> list:
    return buyer.world.all("billing_portal.session")


def test_each_click_makes_an_address_of_its_own(buyer, settings):
    urls = [open_portal(buyer.user) for _ in range(2)]
    assert [row["url"] for row in portals(buyer)] == urls
    assert len(set(urls)) == 2
    assert {row["customer"] for row in portals(buyer)} == {buyer.customer.customer_id}
    assert {row["return_url"] for row in portals(buyer)} == {f"{settings.SITE_ADDRESS}/billing/"}


def test_it_leads_straight_to_the_change_of_the_card(buyer):
    open_portal(buyer.user, "payment_method_update")
    assert portals(buyer)[0]["flow"]["type"] == "payment_method_update"


def test_the_address_is_neither_stored_nor_logged(buyer, caplog, capsys):
    with caplog.at_level(logging.DEBUG):
        url = open_portal(buyer.user)
    told = caplog.text + "".join(capsys.readouterr())
    assert url not in told
    assert url.rpartition("/")[2] not in told
    assert StripeRequest.objects.get(kind="portal").object_id == ""


def test_who_has_bought_nothing_has_none(cast, world):
    with pytest.raises(Refused) as refused:
        open_portal(cast.other)
    assert (refused.value.code, world.all("customer")) == ("not_found", [])


def test_a_deleted_customer_is_followed_by_another(buyer):
    people.delete_customer(buyer.world, buyer.customer.customer_id)
    open_portal(buyer.user)
    assert [row["customer"] for row in portals(buyer)] == [buyer.customer.customer_id]
