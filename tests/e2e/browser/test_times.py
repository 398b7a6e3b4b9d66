"""Pages show times in the viewer's own zone, also after a live update; without JavaScript, in UTC."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import photos

pytestmark = [pytest.mark.services, pytest.mark.browser]
PAGES = ("/jobs/", "/home/")


def shown(time: Locator) -> tuple[datetime, str, str]:
    """When it was, the text, the title."""
    at = time.get_attribute("datetime")
    return datetime.fromisoformat(at), time.inner_text(), time.get_attribute("title")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata", "Europe/Berlin"])
def test_a_viewer_reads_times_of_the_own_zone(new_person, tmp_path, zone):
    ada = new_person("ada", zone=zone)
    ada.drop(photos.small(tmp_path, "own.jpg"))
    job = ada.start()
    expect(ada.page.locator("#live-steps li.done", has_text="Saved")).to_be_visible()
    at, text, title = shown(ada.page.locator("#live-steps time").last)
    local = at.astimezone(ZoneInfo(zone))
    assert text == f"{local:%H:%M:%S}"
    assert title.startswith(f"{local:%-d %B %Y}")
    assert title.endswith(f"{at:%H:%M:%S} UTC)")
    for path in (job, *PAGES):
        ada.page.goto(path)
        for time in ada.page.locator("main time").all():
            at, text, _ = shown(time)
            assert "UTC" not in text
            assert f"{at.astimezone(ZoneInfo(zone)):%-d}" in text or re.fullmatch("[0-9:]+", text)


def test_without_script_every_time_says_utc(new_person, tmp_path):
    ben = new_person("ben", script=False)
    ben.page.get_by_label("Drop your first photo").set_input_files(photos.small(tmp_path, "plain.jpg"))
    job = ben.start()
    for path in (job, *PAGES):
        ben.page.goto(path)
        times = [shown(time) for time in ben.page.locator("main time").all()]
        assert all(text.endswith(" UTC") and title.endswith(" UTC") for _, text, title in times)
        assert times or path == "/home/"
