"""A new user's first picture, from the landing page to signing out."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.browser import photos
from tests.e2e.browser.person import SCREENSHOTS, Person

pytestmark = [pytest.mark.services, pytest.mark.browser]

WATCH_JOB = """(() => {
  let last = '';
  const look = () => {
    const hud = document.querySelector('#live-hud'), picture = document.querySelector('#live-picture img');
    if (!hud) return;
    const now = JSON.stringify({
      title: document.title, percent: hud.querySelector('progress')?.value ?? 0, words: hud.innerText,
      preview: picture?.src.includes('/preview/') ? picture.src : '',
    });
    if (now !== last) seen(last = now);
  };
  addEventListener('DOMContentLoaded', () => {
    look();
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  });
})()"""
STAGES = ("Film contrast", "Teal and orange", "Glow round the lights")


@pytest.fixture
def slow_node(product):
    """Slows the node down, so that the test can watch a job run on any machine."""
    product.set_faults(node_delay_ms=60)
    yield
    product.set_faults(reset=True)


def test_a_first_picture(new_person, tmp_path, slow_node):
    anna = new_person("anna", account=False)
    find_the_way_in(anna)
    moments = watch(anna)
    address = make_a_picture(anna, photos.large(tmp_path))
    assert_told_while_it_was_made(moments)
    compare(anna)
    assert_download_is_clean(anna)
    find_it_again(anna, address)
    assert_others_cannot_see(new_person("ben"), address)
    sign_out(anna, address)


def find_the_way_in(anna: Person) -> None:
    page = anna.page
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Create an account").click()
    page.get_by_role("link", name="Sign in").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    anna.sign_up()
    expect(page.get_by_role("heading", name="Welcome to Creator")).to_be_visible()
    expect(page.get_by_role("heading", name="Get set up")).to_be_visible()
    page.goto("/jobs/")
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    page.goto("/home/")


def watch(anna: Person) -> list[dict]:
    """Returns a list that grows with each change of the live part of a job's page."""
    moments: list[dict] = []
    anna.context.expose_function("seen", lambda now: moments.append(json.loads(now)))
    anna.context.add_init_script(WATCH_JOB)
    anna.page.reload()
    return moments


def make_a_picture(anna: Person, photo) -> str:
    anna.drop(photo)
    expect(anna.page.get_by_text("1 photo ready")).to_be_visible()
    anna.photograph("story-1-photo-dropped")
    expect(anna.page.get_by_role("button", name="Start 1 photo, 2 credits")).to_be_visible()
    anna.pick("Cinematic")
    expect(anna.page.get_by_role("button", name=re.compile("Start 1 photo, 1 credit$"))).to_be_visible()
    address = anna.start()
    expect(anna.page.get_by_alt_text("Preview of the picture while it is made")).to_be_visible()
    anna.page.screenshot(path=SCREENSHOTS / "story-2-rendering-1280-light.png", full_page=True)
    expect(anna.page.get_by_text(re.compile("^Done in"))).to_be_visible()
    return address


def assert_told_while_it_was_made(moments: list[dict]) -> None:
    percents = [moment["percent"] for moment in moments]
    assert percents == sorted(percents)
    assert len(set(percents)) >= 3
    said = [stage for moment in moments for stage in STAGES if stage in moment["words"]]
    assert said
    assert said == sorted(said, key=STAGES.index)
    assert {moment["preview"] for moment in moments} - {""} != set()
    assert [m["title"] for m in moments if m["percent"] and f"{m['percent']:.0f}%" not in m["title"]] == []


def compare(anna: Person) -> None:
    wipe = anna.page.get_by_label("Compare before and after")
    wipe.focus()
    before = shown_part(anna)
    for _ in range(20):
        anna.page.keyboard.press("ArrowRight")
    assert wipe.input_value() == "70"
    assert shown_part(anna) != before
    wipe.blur()
    anna.photograph("story-3-done")


def shown_part(anna: Person) -> str:
    return anna.page.locator("before-after img.b").evaluate("(image) => getComputedStyle(image).clipPath")


def assert_download_is_clean(anna: Person) -> None:
    with anna.page.expect_download() as download:
        anna.page.get_by_role("link", name="Download PNG").click()
    assert download.value.suggested_filename == "sunset-cinematic.png"
    content = download.value.path().read_bytes()
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        assert (picture.format, picture.width) == ("PNG", 3000)
        assert (picture.info, dict(picture.getexif())) == ({}, {})


def find_it_again(anna: Person, address: str) -> None:
    anna.page.get_by_role("link", name="Jobs", exact=True).first.click()
    found = anna.page.get_by_role("main").get_by_role("link", name="sunset.jpg", exact=True)
    assert found.get_attribute("href") == address
    anna.photograph("story-4-gallery")


def assert_others_cannot_see(ben: Person, address: str) -> None:
    statuses = {
        path: ben.page.goto(path).status for path in (address, f"{address}download/", f"{address}cancel/")
    }
    assert set(statuses.values()) == {404}
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in ben.context.cookies())
    for end in ("", "/html"):
        socket = f"{ben.product.url.replace('http', 'ws', 1)}/ws{address.rstrip('/')}{end}"
        with pytest.raises(InvalidStatus) as refused:
            connect(socket, additional_headers={"Cookie": cookies}, origin=ben.product.url).close()
        assert refused.value.response.status_code == 404


def sign_out(anna: Person, address: str) -> None:
    anna.page.get_by_role("button", name="Account").click()
    anna.page.get_by_role("button", name="Sign out").click()
    anna.page.wait_for_url(f"{anna.product.url}/")
    anna.page.goto(address)
    expect(anna.page.get_by_role("heading", name="Sign in")).to_be_visible()
