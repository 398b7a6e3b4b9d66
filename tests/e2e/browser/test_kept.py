"""What a person has chosen stays: on the way between pages, by a reload, and when the session ends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos
from tests.e2e.browser.person import Person

pytestmark = [pytest.mark.services, pytest.mark.browser]


def go(person: Person, name: str) -> None:
    person.page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def choose_much(person: Person, folder) -> None:
    """Two photos, Mono Film, JPEG, a strength and a seed on the new-job page."""
    page = person.page
    person.drop(photos.small(folder, "one.jpg"), photos.small(folder, "two.jpg"))
    expect(page.get_by_text("2 photos ready")).to_be_visible()
    person.pick("Mono Film")
    go(person, "New")
    expect(page.get_by_role("heading", name="Mono Film")).to_be_visible()
    page.get_by_label("Format").select_option("jpeg")
    page.get_by_label("Strength").fill("0.4")
    page.get_by_label("Strength").blur()


def assert_all_there(person: Person, preset: str = "Mono Film") -> None:
    page = person.page
    expect(page.get_by_role("heading", name=preset)).to_be_visible()
    expect(page.get_by_text("2 photos ready")).to_be_visible()
    assert page.locator("[data-files] b").all_inner_texts() == ["one.jpg", "two.jpg"]
    expect(page.get_by_label("Format")).to_have_value("jpeg")
    expect(page.get_by_label("Strength")).to_have_value("0.4")


def test_nothing_is_lost_between_the_pages(new_person, product, tmp_path):
    anna = new_person("anna")
    page = anna.page
    choose_much(anna, tmp_path)
    page.reload()
    assert_all_there(anna)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html[data-theme=dark]")).to_be_visible()
    assert_all_there(anna)
    anna.photograph("kept-new")
    go(anna, "Jobs")
    go(anna, "New")
    assert_all_there(anna)
    go(anna, "Home")
    expect(page.get_by_text("2 photos ready")).to_be_visible()
    expect(page.get_by_text("With Strength 0.4, JPEG.")).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("Mono Film"))).to_be_checked()
    anna.photograph("kept-home")
    go(anna, "Presets")
    page.get_by_role("link", name="Portrait Pro").click()
    page.get_by_role("link", name="Use this preset").click()
    assert_all_there(anna, "Portrait Pro")
    page.get_by_role("main").get_by_role("link", name=re.compile("Mono Film")).click()
    assert_all_there(anna)
    go(anna, "Home")
    page.get_by_role("button", name=re.compile("^Start 2 photos, 2 credits$")).click()
    expect(page.get_by_text("2 pictures are on their way.")).to_be_visible()
    made = product.rows(
        "SELECT DISTINCT output_format, json_extract(parameters, '$.strength') FROM jobs_job WHERE name = 'one.jpg'"
    )
    assert made == [("jpeg", 0.4)]
    go(anna, "New")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert page.locator("[data-files] li").count() == 0


@pytest.mark.parametrize("cookies", ["sessionid", None], ids=["session", "all-cookies"])
def test_a_session_that_ended_loses_nothing(new_person, tmp_path, cookies):
    ben = new_person("ben")
    choose_much(ben, tmp_path)
    ben.context.clear_cookies(name=cookies) if cookies else ben.context.clear_cookies()
    ben.page.get_by_role("button", name="Start").click()
    expect(ben.page.get_by_role("heading", name="Sign in")).to_be_visible()
    ben.sign_in()
    assert_all_there(ben)
    ben.page.get_by_role("button", name="Start").click()
    expect(ben.page.get_by_text("2 pictures are on their way.")).to_be_visible()


def test_photos_wait_for_a_sign_in_in_another_tab(new_person, tmp_path):
    carla = new_person("carla")
    page = carla.page
    page.goto("/new/?preset=mono_film")
    carla.context.clear_cookies(name="sessionid")
    carla.drop(photos.small(tmp_path, "late.jpg"))
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    carla.photograph("signed-out-while-uploading")
    with carla.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    carla.page = opened.value
    carla.sign_in()
    carla.page.wait_for_url("**/home/")
    carla.page = page
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("1 photo ready")).to_be_visible()
    expect(page.get_by_text("You are signed out.")).to_be_hidden()
    carla.start()


def test_another_person_in_the_same_window_finds_nothing(new_person, tmp_path):
    dora = new_person("dora")
    choose_much(dora, tmp_path)
    dora.page.get_by_role("button", name="Account").click()
    dora.page.get_by_role("button", name="Sign out").click()
    dora.page.wait_for_url(f"{dora.product.url}/")
    dora.email = f"other-{dora.email}"
    dora.sign_up()
    go(dora, "New")
    expect(dora.page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert dora.page.locator("[data-files] li").count() == 0


def test_the_form_comes_back_at_home_too(new_person, tmp_path):
    emil = new_person("emil")
    page = emil.page
    page.goto("/home/")
    emil.pick("Mono Film")
    go(emil, "Jobs")
    go(emil, "Home")
    expect(page.get_by_role("radio", name=re.compile("Mono Film"))).to_be_checked()
    assert emil.path() == "/home/?preset=mono_film"
    emil.drop(photos.small(tmp_path, "kept.jpg"))
    expect(page.get_by_text("1 photo ready")).to_be_visible()
    page.goto("/home/")
    emil.drop(photos.small(tmp_path, "at-once.jpg"))  # while the kept form comes back
    expect(page.get_by_text("2 photos ready")).to_be_visible()
    page.context.clear_cookies(name="sessionid")
    page.reload()
    emil.sign_in()
    expect(page.get_by_text("2 photos ready")).to_be_visible()


def test_an_untouched_form_leaves_the_address_alone(new_person):
    frida = new_person("frida")
    for path in ("/home/", "/new/"):
        frida.page.goto(path)
        expect(frida.page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        assert frida.path() == path
