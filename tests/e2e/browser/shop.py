"""A product that sells through the fake Stripe, and what people do on the pages of that Stripe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser.person import Person
from tests.e2e.product.serving import Product, serving
from tests.services.process import free_port

PAID = re.compile("Thank you")


@contextmanager
def shop(folder: Path, *, nodes: int = 1, **settings: str) -> Iterator[tuple[Product, str]]:
    """The product and the address of the Stripe at which it sells."""
    stripe = f"http://127.0.0.1:{free_port()}"
    with serving(folder, nodes=nodes, STRIPE="fake", STRIPE_API_URL=stripe, **settings) as product:
        yield product, stripe


def let_webhooks_come(page: Page, stripe: str, way: str) -> None:
    """`once` or `dropped`, as the page of the play has it."""
    assert page.request.post(f"{stripe}/", form={"way": way}).ok


def choose(person: Person, words: str) -> None:
    """Presses a button of the pricing page, which leads to Stripe's page."""
    person.page.goto("/pricing/")
    person.page.get_by_role("button", name=words).first.click()
    person.page.wait_for_url("**/checkout/*")


def come_back(page: Page, button: str) -> str:
    """Presses the last button of Stripe's page. Returns the HTML that our page has at first."""
    with page.expect_response(re.compile("/billing/return/")) as first:
        page.get_by_role("button", name=button, exact=True).click()
    return first.value.text()


def wait_until_paid(page: Page) -> None:
    """The page itself notices that the payment has come."""
    expect(page.get_by_role("heading", name=PAID)).to_be_visible()
