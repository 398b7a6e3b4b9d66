"""Google Drive in a real browser, which checks the policy `form-action` on the way to Google, with a real product behind.

Nothing is polled for an hour, so what comes from Drive comes because Google rang.
"""

import pytest
from playwright.sync_api import expect

from drive.google_fake import Consent, Server, World
from drive.google_fake.world import FOLDER
from tests.drive.flow.conftest import photo
from tests.e2e.browser import audit
from tests.e2e.browser.person import Person
from tests.e2e.product.serving import serving
from tests.services.process import wait_until

pytestmark = [pytest.mark.services, pytest.mark.browser]
ANN = "ann@example.com"
RENEWED_S, MADE_S = 120, 60


@pytest.fixture(scope="module")
def google():
    server = Server(World(is_live=True))
    server.channels.start()
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
        "DRIVE_POLL_SECONDS": "3600",
        "DRIVE_RECONCILE_SECONDS": "86400",
    }
    with serving(tmp_path_factory.mktemp("product"), **keys) as served:
        yield served


def test_from_the_consent_to_a_picture_beside_and_to_the_end(google, product, new_person):
    inbox, outbox = (google.world.put(ANN, name, mime_type=FOLDER).id for name in ("Holiday", "Finished"))
    person: Person = new_person("drive")
    product.endow(person.email)
    page = person.page
    page.goto(f"{product.url}/drive/")
    check(page, "google-offered")
    page.get_by_role("link", name="Connect Google Drive").click()
    check(page, "google-connect")
    google.consent = Consent(is_denied=True)
    page.get_by_role("button", name="Go on to Google").click()
    expect(page.get_by_text("You did not let us into Google Drive.")).to_be_visible()
    google.consent = Consent()
    page.get_by_role("link", name="Connect Google Drive").click()
    page.get_by_role("button", name="Go on to Google").click()
    expect(page.get_by_text(f"Google Drive of {ANN} is connected.")).to_be_visible()
    check(page, "google-connected")
    for step in ("Watch Holiday", "Use Finished"):
        page.get_by_role("link", name="My Drive", exact=True).click()
        page.get_by_role("link", name=step).click()
    page.get_by_role("button", name="Watch this folder").click()
    expect(page.get_by_text("Holiday is watched from now on.")).to_be_visible()

    wait_until(lambda: google.channels._channels, "no channel was made", RENEWED_S)
    google.world.put(ANN, "beach.jpg", parent=inbox, content=photo(), mime_type="image/jpeg")
    wait_until(lambda: names_in(google, outbox), "no picture came back", MADE_S)
    assert [name for name in names_in(google, outbox) if name.startswith("beach-")]
    delivered = "SELECT 1 FROM drive_picture WHERE delivered_at IS NOT NULL"
    wait_until(lambda: product.rows(delivered), "the picture is not noted as delivered", MADE_S)
    page.reload()
    expect(page.get_by_text("In Finished since")).to_be_visible()

    page.goto(f"{product.url}/drive/")
    page.get_by_role("link", name="Disconnect").click()
    check(page, "google-disconnect")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Its access is ended and forgotten.")).to_be_visible()
    assert google.channels._channels == {}


def check(page, name):
    """Accessible, and no wider than the window, in light and dark."""
    visit = audit.audit(page, name)
    assert (visit.violations, visit.sideways) == ({}, 0)


def names_in(google, folder):
    return [each.name for each in list(google.world.files.values()) if folder in each.parents]
