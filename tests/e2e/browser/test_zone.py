"""Every way to add photos, what happens to a bad one, and that submitting twice starts one batch."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos

pytestmark = [pytest.mark.services, pytest.mark.browser]


def test_drop_choose_and_paste_add_up(new_person, tmp_path):
    anna = new_person("anna")
    anna.drop(photos.small(tmp_path, "dropped.jpg"))
    anna.page.get_by_label("Drop your first photo").set_input_files(photos.small(tmp_path, "chosen.jpg"))
    anna.paste(photos.small(tmp_path, "pasted.jpg"))
    expect(anna.page.get_by_text("3 photos ready")).to_be_visible()
    names = anna.page.locator("[data-files] b").all_inner_texts()
    assert names == ["dropped.jpg", "chosen.jpg", "pasted.jpg"]
    anna.page.get_by_role("button", name="Remove chosen.jpg").click()
    expect(anna.page.get_by_role("button", name="Start 2 photos")).to_be_visible()


def test_photos_come_along_to_all_settings(new_person, tmp_path):
    carla = new_person("carla")
    carla.drop(photos.small(tmp_path, "kept.jpg"))
    expect(carla.page.get_by_text("1 photo ready")).to_be_visible()
    carla.page.get_by_role("link", name="All presets and settings").click()
    carla.page.get_by_role("link", name="Mono Film").click()
    carla.page.wait_for_url("**preset=mono_film**")
    expect(carla.page.get_by_text("1 photo ready")).to_be_visible()
    assert carla.page.locator("[data-files] b").all_inner_texts() == ["kept.jpg"]


def test_a_refused_file_is_named_and_the_good_one_stays(new_person, tmp_path):
    ben = new_person("ben")
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"%PDF-1.7\n")
    ben.drop(letter, photos.small(tmp_path, "good.jpg"))
    expect(ben.page.get_by_role("button", name="Start 1 photo")).to_be_visible()
    wrong = ben.page.locator("[data-files] li", has_text="letter.jpg").get_by_role("alert")
    expect(wrong).to_contain_text("“letter.jpg” is a PDF document.")
    ben.photograph("home-one-refused")
    ben.pick("Mono Film")
    ben.start()
    expect(ben.page.get_by_role("heading", name="good.jpg in Mono Film")).to_be_visible()


def test_starting_twice_makes_one_batch(new_person, tmp_path, product):
    dora = new_person("dora")
    dora.drop(photos.small(tmp_path, "once.jpg"))
    expect(dora.page.get_by_text("1 photo ready")).to_be_visible()
    dora.page.locator("upload-zone form").evaluate("(form) => { form.submit(); form.submit(); }")
    dora.page.wait_for_url("**/jobs/*/")
    assert product.rows("SELECT COUNT(*) FROM jobs_job WHERE name = 'once.jpg'") == [(1,)]
