"""The same product with JavaScript switched off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos

pytestmark = [pytest.mark.services, pytest.mark.browser]


def test_two_photos_without_script(new_person, tmp_path):
    anna = new_person("anna", script=False)
    page = anna.page
    files = [photos.small(tmp_path, "one.jpg"), photos.small(tmp_path, "two.jpg")]
    page.get_by_label("Drop your first photo").set_input_files(files)
    anna.pick("Mono Film")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("2 pictures are on their way.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^2 pictures in")).click()
    page.get_by_role("link", name="one.jpg", exact=True).click()
    expect(page.get_by_text("Done in")).to_be_visible()  # the page reloads itself
    before, after = page.get_by_alt_text("Before: one.jpg"), page.get_by_alt_text("After: Mono Film")
    left, right = before.bounding_box(), after.bounding_box()
    assert left["x"] + left["width"] <= right["x"] or right["x"] + right["width"] <= left["x"]
    assert left["y"] == right["y"]
    anna.photograph("without-script-done")
