"""The part of the tour that shows a site that sells, in the states of a subscription."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.e2e.browser.person import Person
from tests.e2e.browser.shop import choose, come_back, let_webhooks_come, wait_until_paid

AWAY = {"kind": "refused", "path": "/v1/", "times": None}


def buying(person: Person, stripe: str) -> Iterator[str]:
    """The pages of plans and credits: before buying, while Stripe is away after the payment, in a trial, cancelled."""
    page = person.page
    for name, address in (("pricing-selling", "/pricing/"), ("billing-selling", "/billing/")):
        page.goto(address)
        yield name
    let_webhooks_come(page, stripe, "dropped")
    choose(person, "Try Creator free")
    assert page.request.post(f"{stripe}/_fault", data=AWAY).ok
    come_back(page, "Start the trial")
    yield "return-pending"
    assert page.request.delete(f"{stripe}/_fault").ok
    let_webhooks_come(page, stripe, "once")
    wait_until_paid(page)
    yield "return-paid"
    yield from subscribed(page)


def subscribed(page: Page) -> Iterator[str]:
    for name, address in (
        ("billing-trial", "/billing/"),
        ("pricing-subscribed", "/pricing/"),
        ("billing-change", "/billing/change/studio/"),
        ("billing-cancel", "/billing/cancel/"),
    ):
        page.goto(address)
        yield name
    page.get_by_role("button", name="Cancel the plan").click()
    keep = page.get_by_role("button", name="Keep Creator")
    while not keep.count():
        page.reload()
    expect(keep).to_be_visible()
    yield "billing-ending"
    page.goto("/billing/change/studio/")
    expect(page.get_by_role("heading", name="Plan and credits")).to_be_visible()
    yield "billing-refused"
