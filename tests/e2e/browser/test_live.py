"""The live page when its socket closes, and when the user cancels the job."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos
from tests.e2e.browser.person import Person
from tests.e2e.product.serving import PATIENCE_S
from tests.services.process import wait_until

pytestmark = [pytest.mark.services, pytest.mark.browser]

KEEP_SOCKETS = """
  const Real = WebSocket;
  window.sockets = [];
  window.WebSocket = class extends Real { constructor(...given) { super(...given); sockets.push(this); } };
"""


@pytest.fixture
def anna(new_person, product):
    yield new_person("anna")
    product.set_faults(reset=True)


def begin(person: Person, photo) -> str:
    person.drop(photo)
    expect(person.page.get_by_text("1 photo ready")).to_be_visible()
    person.pick("Mono Film")
    return person.start()


def test_a_closed_socket_is_opened_again(anna, product, tmp_path):
    product.set_faults(zombie=True)
    anna.context.add_init_script(KEEP_SOCKETS)
    begin(anna, photos.small(tmp_path))
    expect(anna.page.locator("#live-hud")).to_contain_text("0%")
    anna.page.evaluate("sockets[0].close()")
    wait_until(lambda: anna.page.evaluate("sockets.length") == 2, "no other socket opens", PATIENCE_S)
    product.set_faults(reset=True)
    expect(anna.page.get_by_text(re.compile("^Done in"))).to_be_visible()


def test_cancelling_asks_first_and_stops_the_job(anna, product, tmp_path):
    product.set_faults(delay_ms=600_000)  # so long that only the cancellation ends the job
    address = begin(anna, photos.small(tmp_path))
    expect(anna.page.locator("#live-hud")).to_contain_text("0%")
    anna.page.get_by_role("link", name="Cancel job").click()
    expect(anna.page.get_by_role("heading", name="Cancel this job?")).to_be_visible()
    anna.page.get_by_role("button", name="Cancel the job").click()
    expect(anna.page.get_by_text("This job was cancelled.")).to_be_visible()
    assert anna.path() == address
    expect(anna.page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_row_that_moves_up_is_not_announced_and_one_that_begins_is(anna):
    anna.context.add_init_script(KEEP_SOCKETS)
    anna.page.goto("/home/")
    region = anna.page.locator("live-region")
    region.evaluate("at => at.insertAdjacentHTML('beforeend', '<p id=row-a data-say=\"A: Queued\">3rd</p>')")
    receive(anna, '<p id="row-a" data-say="A: Queued">2nd</p>')
    expect(region.locator("#row-a")).to_have_text("2nd")
    assert "A:" not in region.locator("[role=status]").first.inner_text()
    receive(anna, '<p id="row-a" data-say="A: Rendering">4%</p>')
    expect(region.locator("[role=status]").first).to_have_text("A: Rendering")


def receive(person: Person, html: str) -> None:
    """As if the page's socket had received this; an announcement that is not delayed has then been made."""
    person.page.evaluate(
        "html => { sockets[0].onmessage({ data: html }); return new Promise((go) => setTimeout(go)) }", html
    )
