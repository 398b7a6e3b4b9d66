"""Buying and changing on our pages, with the stateful Stripe: what is shown is what is charged."""

import re
from dataclasses import replace

import pytest
from django.conf import settings as present
from django.contrib.messages import get_messages

from billing.stripe_fake import Fault
from creator.config.billing import STRIPE_PAGES
from tests.billing.payments.buying import Buyer
from tests.billing.payments.conftest import selling, world
from tests.jobs.web.reading import squash

__all__ = ["selling", "world"]
PAGE = {"Accept": "text/html"}


@pytest.fixture
def buyer(client, cast, world) -> Buyer:
    """The stranger, signed in, at a Stripe of our own."""
    client.force_login(cast.stranger)
    return Buyer(cast.stranger, world)


def told(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def priced_at(html: str) -> str:
    return re.search(r'name="priced_at" value="([^"]+)"', squash(html))[1]


def paid(buyer) -> list[int]:
    return [row["amount_paid"] for row in buyer.world.all("invoice") if row["status"] == "paid"]


def test_the_price_is_on_the_button_and_a_trial_is_called_one(client, buyer):
    buttons = re.findall(r'<button class="btn primary">([^<]+)', client.get("/pricing/").text)
    assert buttons == ["Try Creator free", "Subscribe for €99 a month"]
    assert "Then €19 a month, unless you cancel before." in client.get("/pricing/").text


def test_subscribing_leads_to_stripe(client, buyer):
    answer = client.post("/billing/subscribe/creator/")
    (session,) = buyer.sessions()
    assert (answer.status_code, answer["Location"], session["mode"]) == (302, session["url"], "subscription")


def test_credits_are_bought_at_stripe(client, buyer):
    answer = client.post("/billing/top-up/credits-500/")
    (session,) = buyer.sessions()
    assert (answer["Location"], session["mode"], session["amount_total"]) == (
        session["url"],
        "payment",
        1_500,
    )


@pytest.mark.parametrize("address", ["subscribe/creator", "top-up/credits-500", "portal", "resume"])
def test_a_link_buys_nothing(client, buyer, address):
    assert client.get(f"/billing/{address}/").status_code == 405
    assert buyer.sessions() == []


def test_who_has_a_plan_is_led_to_the_billing_page(client, buyer):
    buyer.subscribe()
    answer = client.post("/billing/subscribe/studio/")
    assert (answer.status_code, answer["Location"]) == (302, "/billing/")
    assert "already have the plan Creator" in told(answer)[0]


def test_a_larger_plan_costs_what_its_page_says(client, buyer):
    buyer.subscribe()
    html = client.get("/billing/change/studio/").text
    shown = re.search(r"<dt>To be paid now</dt><dd><b>€(\d+)(?:\.(\d\d))?</b>", squash(html))
    answer = client.post("/billing/change/studio/", {"priced_at": priced_at(html)})
    assert (answer["Location"], told(answer)[0][:31]) == ("/billing/", "Your plan changes to Studio now")
    assert paid(buyer)[-1] == int(shown[1]) * 100 + int(shown[2] or 0)
    assert buyer.price() == "studio"


@pytest.mark.parametrize("sent", [{}, {"priced_at": "never"}, {"priced_at": "2020-01-01T00:00:00+00:00"}])
def test_nothing_is_changed_without_the_price_that_was_shown(client, buyer, sent):
    buyer.subscribe()
    answer = client.post("/billing/change/studio/", sent)
    assert (answer["Location"], len(told(answer))) == ("/billing/", 1)
    assert (buyer.price(), len(paid(buyer))) == ("creator", 1)


def test_a_smaller_plan_costs_nothing_and_begins_later(client, buyer):
    buyer.subscribe("studio")
    html = squash(client.get("/billing/change/creator/").text)
    assert ("<dt>To be paid now</dt><dd><b>€0</b>" in html, "You keep Studio until" in html) == (True, True)
    answer = client.post("/billing/change/creator/", {"priced_at": priced_at(html)})
    assert re.match(r"Your plan changes to Creator on \d+ \w+ \d{4}", told(answer)[0])
    assert buyer.price() == "studio"


def test_the_free_plan_is_a_cancellation(client, buyer):
    buyer.subscribe()
    assert client.get("/billing/change/free/")["Location"] == "/billing/cancel/"


def test_a_cancellation_is_confirmed_and_taken_back(client, buyer):
    buyer.subscribe()
    assert "<h1>Cancel the Creator plan?</h1>" in client.get("/billing/cancel/").text
    assert buyer.subscriptions()[-1]["cancel_at_period_end"] is False
    answer = client.post("/billing/cancel/")
    assert "Until then nothing changes." in told(answer)[0]
    assert buyer.subscriptions()[-1]["cancel_at_period_end"] is True
    buyer.look()
    assert "Keep Creator for €19 a month" in client.get("/billing/").text
    client.post("/billing/resume/")
    assert buyer.subscriptions()[-1]["cancel_at_period_end"] is False


def test_who_has_nothing_has_nothing_to_cancel(client, buyer):
    assert "<h1>There is nothing to cancel</h1>" in client.get("/billing/cancel/").text


def test_the_address_of_the_portal_is_made_at_each_click(client, buyer):
    buyer.subscribe()
    first, second = (client.post("/billing/portal/")["Location"] for _ in range(2))
    assert first != second
    assert first not in client.get("/billing/").text


def test_what_is_open_is_settled_before_the_plan_is_changed(client, buyer):
    buyer.subscribe()
    client.post("/billing/cancel/")
    buyer.look()
    html = client.get("/pricing/").text
    assert ("See to that first" in html, "Change to Studio" in html) == (True, False)


def test_stripe_away_is_said_at_once_and_nothing_is_charged(client, buyer):
    buyer.world.faults.add(Fault("refused", path="/v1/"))
    answer = client.post("/billing/subscribe/creator/", headers=PAGE)
    assert (answer.status_code, "Nothing was charged." in answer.text) == (503, True)
    assert buyer.charges() == []


def test_forms_may_lead_to_the_pages_of_stripe_only_where_it_sells():
    config = present.CONFIG
    live = replace(config, stripe_secret_key="sk_live_1")
    fake = replace(config, stripe="fake", stripe_api_url="http://127.0.0.1:12111")
    assert (config.stripe_pages, live.stripe_pages) == ((), STRIPE_PAGES)
    assert fake.stripe_pages == ("http://127.0.0.1:12111",)
