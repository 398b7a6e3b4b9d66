"""Connecting Google Drive in a real browser, which checks the policy `form-action` on the way to Google."""

import pytest
from playwright.sync_api import expect

from drive.google_fake import Consent, Server, World
from drive.google_fake.world import FOLDER
from tests.e2e.browser.person import Person
from tests.e2e.product.serving import serving

pytestmark = [pytest.mark.services, pytest.mark.browser]
ANN = "ann@example.com"


@pytest.fixture(scope="module")
def google():
    server = Server(World())
    server.world.put(ANN, "Holiday", mime_type=FOLDER)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def product(google, tmp_path_factory):
    keys = {
        "GOOGLE_CLIENT_ID": "client",
        "GOOGLE_CLIENT_SECRET": "secret",
        "GOOGLE_DRIVE": "read",
        "GOOGLE_DRIVE_URL": google.url,
    }
    with serving(tmp_path_factory.mktemp("product"), **keys) as served:
        yield served


def test_a_person_connects_their_drive_finds_its_folders_and_disconnects(google, product, new_person):
    person: Person = new_person("drive")
    product.endow(person.email)
    page = person.page
    page.goto(f"{product.url}/drive/")
    page.get_by_role("link", name="Connect Google Drive").click()
    google.consent = Consent(is_denied=True)
    page.get_by_role("button", name="Go on to Google").click()
    expect(page.get_by_text("You did not let us into Google Drive.")).to_be_visible()
    google.consent = Consent()
    page.get_by_role("link", name="Connect Google Drive").click()
    page.get_by_role("button", name="Go on to Google").click()
    expect(page.get_by_text(f"Google Drive of {ANN} is connected.")).to_be_visible()
    page.get_by_role("link", name="My Drive", exact=True).click()
    expect(page.get_by_role("link", name="Holiday", exact=True)).to_be_visible()
    page.goto(f"{product.url}/drive/")
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Its access is ended and forgotten.")).to_be_visible()
