"""Batches at home: one card with the progress of the whole; live, by polling, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import photos
from tests.e2e.browser.person import Person

pytestmark = [pytest.mark.services, pytest.mark.browser]

NO_SOCKETS = """
  window.WebSocket = class extends EventTarget {
    constructor() { super(); setTimeout(() => this.onclose?.({code: 1006})); }
    close() {}
  };
"""


@pytest.fixture
def stalled(product):
    """The node takes half a minute for each job that begins before `stalled()` is called."""
    product.set_faults(delay_ms=30_000)
    yield lambda: product.set_faults(reset=True)
    product.set_faults(reset=True)


def start_batch(person: Person, folder, size: int, *, each: int = 1) -> None:
    page = person.page
    page.goto("/new/?preset=mono_film")
    if each > 1:
        page.get_by_text("Advanced").click()
        page.get_by_label("Variations").select_option(str(each))
    files = [photos.small(folder, f"{number:02}.jpg") for number in range(size)]
    if person.script:
        person.drop(*files)
        expect(page.get_by_text(f"{size} photos ready")).to_be_visible()
    else:
        page.get_by_label("Drop photos here").set_input_files(files)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/home/")


def cards(person: Person) -> Locator:
    """The entries of what is in progress."""
    return person.page.locator("#live-open > li")


def assert_it_finishes_by_itself(person: Person, stalled, size: int, title: str) -> None:
    """The card moves without a reload, leaves the list when all is done, and the results come."""
    page = person.page
    page.evaluate("window.before = true")
    expect(cards(person)).to_have_count(1)
    expect(cards(person).first).to_contain_text(title)
    expect(cards(person).first).to_contain_text(f"0 of {size} done")
    expect(page.get_by_text(f"{size} jobs in progress.")).to_be_visible()
    stalled()
    expect(page.get_by_text("Nothing in progress.")).to_be_visible(timeout=120_000)
    expect(cards(person)).to_have_count(0)
    expect(page.locator("#live-recent > li")).to_have_count(8)
    expect(page.get_by_role("heading", name="In progress")).to_be_hidden()
    assert page.evaluate("window.before"), "the page was loaded again"


def test_a_batch_of_more_than_twenty_is_one_card_that_finishes_live(new_person, tmp_path, stalled):
    anna = new_person("anna")
    start_batch(anna, tmp_path, 8, each=3)
    expect(cards(anna).get_by_role("link", name="Cancel all 24 of 24 pictures in Mono Film")).to_be_visible()
    anna.photograph("home-batch")
    assert_it_finishes_by_itself(anna, stalled, 24, "24 pictures in Mono Film")
    anna.photograph("home-batch-done")


def test_the_same_where_sockets_do_not_work(new_person, tmp_path, stalled):
    ben = new_person("ben")
    ben.context.add_init_script(NO_SOCKETS)
    start_batch(ben, tmp_path, 9)
    assert_it_finishes_by_itself(ben, stalled, 9, "9 pictures in Mono Film")


def test_a_jobs_page_where_sockets_do_not_work(new_person, tmp_path, stalled):
    frida = new_person("frida")
    frida.context.add_init_script(NO_SOCKETS)
    frida.page.goto("/new/?preset=mono_film")
    frida.drop(photos.small(tmp_path))
    expect(frida.page.get_by_text("1 photo ready")).to_be_visible()
    frida.start()
    expect(frida.page.locator("#live-hud")).to_contain_text("0%")
    stalled()
    expect(frida.page.get_by_text(re.compile("^Done in"))).to_be_visible(timeout=60_000)


def test_the_same_without_script(new_person, tmp_path, stalled):
    carla = new_person("carla", script=False)
    start_batch(carla, tmp_path, 3)
    expect(cards(carla)).to_have_count(1)
    carla.page.get_by_role("link", name="3 pictures in Mono Film", exact=True).click()
    expect(carla.page.get_by_text("0 of 3 done")).to_be_visible()
    stalled()
    expect(carla.page.get_by_text("3 of 3 done")).to_be_visible(timeout=60_000)  # the page reloads itself
    carla.page.goto("/home/")
    expect(carla.page.get_by_text("Nothing in progress.")).to_be_visible()


def test_cancel_all_says_the_true_number(new_person, tmp_path, stalled):
    dora = new_person("dora")
    page = dora.page
    start_batch(dora, tmp_path, 3, each=2)
    page.get_by_role("link", name="6 pictures in Mono Film", exact=True).click()
    expect(page.get_by_role("heading", name="6 pictures in Mono Film", exact=True)).to_be_visible()
    dora.photograph("batch-open")
    page.locator(".gallery a").last.click()  # one is cancelled by itself first
    page.get_by_role("link", name="Cancel job").click()
    page.get_by_role("button", name="Cancel the job").click()
    page.goto("/home/")
    page.get_by_role("link", name=re.compile("^Cancel all")).click()
    expect(page.get_by_role("heading", name="Cancel 5 jobs?")).to_be_visible()
    dora.photograph("batch-cancel")
    page.get_by_role("button", name="Cancel all 5").click()
    expect(page.get_by_text("5 jobs are cancelled or being stopped.")).to_be_visible()
    expect(page.get_by_text("Nothing in progress.")).to_be_visible()


def test_the_page_of_a_batch_is_live_and_the_focus_stays(new_person, tmp_path, stalled):
    emil = new_person("emil")
    page = emil.page
    start_batch(emil, tmp_path, 3)
    cancel = page.get_by_role("link", name=re.compile("^Cancel all 3"))
    cancel.focus()
    other = page.context.new_page()
    other.goto("/new/?preset=cinematic")
    emil.page = other
    emil.drop(photos.small(tmp_path, "later.jpg"))
    expect(other.get_by_text("1 photo ready")).to_be_visible()
    emil.start()
    expect(page.locator("#live-open > li")).to_have_count(2)
    assert page.evaluate("document.activeElement.textContent").startswith("Cancel all 3")
    page.get_by_role("link", name="3 pictures in Mono Film", exact=True).click()
    expect(page.locator(".gallery .pill", has_text="Queued").first).to_be_visible()
    stalled()
    expect(page.get_by_text("3 of 3 done")).to_be_visible(timeout=60_000)
    expect(page.locator(".gallery .pill")).to_have_count(0)
