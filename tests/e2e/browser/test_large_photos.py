"""Photos of many megabytes, whose sender is not or no longer signed in: they are told so, and lose nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = [pytest.mark.services, pytest.mark.browser]


def heavy(folder: Path) -> Path:
    """A photo of 9 MB."""
    path = folder / "heavy.png"
    pixels = np.random.default_rng(7).integers(0, 255, (1500, 2000, 3), np.uint8)
    Image.fromarray(pixels).save(path, compress_level=0)
    return path


def test_the_zone_says_sign_in_and_goes_on_afterwards(new_person, tmp_path):
    anna = new_person("anna")
    page = anna.page
    page.goto("/new/?preset=mono_film")
    anna.context.clear_cookies(name="sessionid")
    anna.forgive("401")
    page.get_by_label("Drop photos here").set_input_files(heavy(tmp_path))
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.locator("[data-files] li").get_by_role("alert")).to_have_text("Sign in to go on.")
    with anna.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    anna.page = opened.value
    anna.sign_in()
    anna.page.wait_for_url("**/home/")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("1 photo ready")).to_be_visible()


def test_without_script_the_form_comes_back_without_the_photo(new_person, tmp_path):
    ben = new_person("ben", script=False)
    page = ben.page
    page.goto("/new/?preset=mono_film")
    page.get_by_label("Drop photos here").set_input_files(heavy(tmp_path))
    page.get_by_label("Format").select_option("webp")
    ben.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    ben.sign_in()
    expect(page.get_by_role("heading", name="Mono Film", exact=True)).to_be_visible()
    expect(page.get_by_label("Format")).to_have_value("webp")
    page.get_by_label("Drop photos here").set_input_files(heavy(tmp_path))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="heavy.png in Mono Film")).to_be_visible()
