"""A page that stays open while the server stops and starts again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos

pytestmark = [pytest.mark.services, pytest.mark.browser]


def test_an_open_page_outlives_a_restart_of_the_server(new_person, product, tmp_path):
    anna = new_person("anna")
    product.set_faults(delay_ms=600_000)
    anna.drop(photos.small(tmp_path))
    expect(anna.page.get_by_text("1 photo ready")).to_be_visible()
    anna.start()
    expect(anna.page.locator("#live-hud")).to_contain_text("0%")
    product.stop()
    expect(anna.page.get_by_text("Connection lost.")).to_be_visible()
    anna.photograph("job-offline")
    product.start()
    expect(anna.page.get_by_text(re.compile("^Done in"))).to_be_visible()
    anna.forgive("ERR_CONNECTION_REFUSED")
