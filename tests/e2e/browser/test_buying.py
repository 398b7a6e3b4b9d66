"""Buying, from the landing page to the first paid picture, at the fake Stripe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos
from tests.e2e.browser.person import Person
from tests.e2e.browser.shop import choose, come_back, let_webhooks_come, shop, wait_until_paid
from tests.e2e.product.serving import Product

pytestmark = [pytest.mark.services, pytest.mark.browser]
USE_UP = """
from django.db import transaction
from accounts.models import User
from billing.ledger import adjust, credit_account_of
owner = User.objects.get(email={email!r})
with transaction.atomic():
    left = credit_account_of(owner.pk).available
    adjust(owner_id=owner.pk, amount=1 - left, source="test", source_id="1", reason="For a test")
"""
"""Leaves one credit of the free ones."""
SOURCES = """SELECT e.source, d.amount FROM billing_draw d JOIN billing_creditbucket b ON b.id = d.bucket_id
JOIN billing_ledgerentry e ON e.id = b.entry_id JOIN billing_ledgerentry h ON h.id = d.entry_id
WHERE h.kind = 'hold' ORDER BY d.id"""
"""Where the credits of each picture came from, oldest first."""


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Product, str]]:
    with shop(tmp_path_factory.mktemp("shop"), JOB_ATTEMPTS="1") as served:
        yield served


@pytest.fixture(scope="module")
def product(sold: tuple[Product, str]) -> Product:
    return sold[0]


def test_from_the_landing_page_to_a_paid_picture(
    new_person: Callable[..., Person], sold: tuple[Product, str], tmp_path: Path
):
    product, stripe = sold
    anna = new_person("anna", account=False)
    see_the_prices_and_sign_up(anna)
    make_a_picture(anna, photos.small(tmp_path, "free.jpg"))
    run_out_of_credits(anna, product, photos.large(tmp_path))
    buy_a_plan(anna, stripe)
    make_a_picture(anna)  # of the photo that the page has kept
    assert product.rows(SOURCES) == [("monthly", 2), ("monthly", 1), ("invoice", 1)]
    read_what_it_cost(anna)


def see_the_prices_and_sign_up(anna: Person) -> None:
    page = anna.page
    page.goto("/")
    page.get_by_role("link", name="Pricing").click()
    expect(page.get_by_role("heading", name="What each plan includes")).to_be_visible()
    anna.photograph("buying-1-pricing")
    page.get_by_role("link", name="Sign up free").click()
    page.wait_for_url("**/accounts/signup/**")
    anna.sign_up()


def make_a_picture(anna: Person, photo: Path | None = None) -> None:
    """With Portrait Pro, which costs two credits."""
    anna.page.goto("/home/")
    if photo:
        anna.drop(photo)
    expect(anna.page.get_by_text("1 photo ready")).to_be_visible()
    anna.start()
    expect(anna.page.get_by_text(re.compile("^Done in"))).to_be_visible()


def run_out_of_credits(anna: Person, product: Product, photo: Path) -> None:
    page = anna.page
    product.manage("shell", "--no-imports", "-c", USE_UP.format(email=anna.email))
    page.goto("/home/")
    expect(page.get_by_role("link", name="1 credit", exact=True)).to_be_visible()
    anna.drop(photo)
    expect(page.get_by_text("1 photo ready")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="See the plans").click()
    page.wait_for_url("**/pricing/")


def buy_a_plan(anna: Person, stripe: str) -> None:
    """The first card is declined, and the bank asks for the second. No webhook comes."""
    page = anna.page
    let_webhooks_come(page, stripe, "dropped")
    choose(anna, "Subscribe for €99 a month")
    page.get_by_role("button", name="Card is declined").click()
    expect(page.get_by_text("Nothing was paid.")).to_be_visible()
    page.get_by_role("button", name="Bank asks to confirm").click()
    assert "<h1>Waiting for your payment</h1>" in come_back(page, "Confirm the payment")
    wait_until_paid(page)
    expect(page.get_by_text("You have the Studio plan now.")).to_be_visible()
    anna.photograph("buying-2-paid")


def read_what_it_cost(anna: Person) -> None:
    page = anna.page
    page.goto("/billing/")
    expect(page.get_by_text(re.compile(r"^Renews on .* for €99\.$"))).to_be_visible()
    expect(page.get_by_text("9,999 left").first).to_be_visible()
    expect(page.get_by_role("region", name="Invoices").get_by_text("€99")).to_be_visible()
    anna.photograph("buying-3-billing")
    page.get_by_role("link", name="Usage", exact=True).click()
    expect(page.get_by_role("heading", name="Usage")).to_be_visible()
    anna.photograph("buying-4-usage")


def test_without_scripts_the_page_of_the_return_reloads_itself(
    new_person: Callable[..., Person], sold: tuple[Product, str]
):
    ben = new_person("ben", script=False)
    let_webhooks_come(ben.page, sold[1], "dropped")
    choose(ben, "Buy 500 credits for €15")
    assert "<h1>Waiting for your payment</h1>" in come_back(ben.page, "Pay")
    wait_until_paid(ben.page)
    expect(ben.page.get_by_text("500 credits were added to yours.")).to_be_visible()
