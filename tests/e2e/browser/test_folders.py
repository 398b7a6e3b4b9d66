"""A person watches a folder of the server from its pages, and sees pictures come while the page stays open."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos
from tests.e2e.browser.folders_tour import connect, watch_inbox
from tests.e2e.product.serving import PATIENCE_S
from tests.services.process import wait_until

FOLDER = """
    SELECT w.id FROM drive_watchedfolder w JOIN accounts_user u ON u.id = w.owner_id WHERE u.email = ?"""
POSTPONED = """
    SELECT 1 FROM drive_foundfile f JOIN drive_watchedfolder w ON w.id = f.folder_id
    JOIN accounts_user u ON u.id = w.owner_id JOIN platform_delivery d ON d.kind = 'drive_intake'
    WHERE u.email = ? AND f.state = 'found' AND d.done_at IS NULL AND d.due_at > datetime('now', '+1 minute')"""
"""A file waits, and a worker that took it has put it off."""

pytestmark = [pytest.mark.services, pytest.mark.browser]


def test_a_folder_is_chosen_watched_and_shows_its_pictures_by_itself(new_person, product, tmp_path):
    anna = new_person("anna")
    page, root = anna.page, tmp_path / "studio"
    connect(anna, product, root)
    watch_inbox(page, root)
    expect(page.get_by_text("Nothing was found yet.")).to_be_visible()
    anna.photograph("folder-empty")
    page.evaluate("window.before = true")
    shutil.copy(photos.small(tmp_path, "harbour.jpg"), root / "inbox")
    expect(page.get_by_role("link", name="harbour.jpg")).to_be_visible()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    assert page.evaluate("window.before"), "the page was loaded again"
    wait_until(lambda: list(root.glob("outbox/harbour-*.png")), "no result came")
    anna.photograph("folder-done")


def test_what_happens_without_a_job_is_shown_by_itself_too(new_person, product, tmp_path):
    """A file that is no photo is found, told and paused without any event of a job."""
    cleo = new_person("cleo")
    page, root = cleo.page, tmp_path / "studio"
    connect(cleo, product, root)
    watch_inbox(page, root)
    expect(page.get_by_text("Nothing was found yet.")).to_be_visible()
    (root / "inbox/broken.jpg").write_bytes(b"no photo at all")
    expect(page.get_by_text("Not usable")).to_be_visible(timeout=90_000)
    page.goto("/drive/")
    product.manage("drive", "pause", product.rows(FOLDER, cleo.email)[0][0])
    expect(page.get_by_text("Paused by you").first).to_be_visible(timeout=60_000)


def test_pausing_holds_a_photo_back_until_it_is_resumed(new_person, product, tmp_path):
    ben = new_person("ben", script=False)
    page, root = ben.page, tmp_path / "studio"
    connect(ben, product, root)
    watch_inbox(page, root)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by you")).to_be_visible()
    shutil.copy(photos.small(tmp_path, "harbour.jpg"), root / "inbox")
    wait_until(lambda: product.rows(POSTPONED, ben.email), "the photo was not put off", PATIENCE_S)
    assert not list(root.glob("outbox/*"))
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Watching", exact=True)).to_be_visible()
    wait_until(lambda: list(root.glob("outbox/harbour-*.png")), "no result came")
