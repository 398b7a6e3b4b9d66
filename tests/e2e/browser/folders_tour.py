"""The part of the tour that shows watched folders: none, one without files, with files, paused, and the questions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser import photos
from tests.e2e.browser.person import Person
from tests.e2e.product.serving import PATIENCE_S, Product
from tests.services.process import wait_until


def folders(person: Person, product: Product, root: Path) -> Iterator[str]:
    """Pages of a person who watches `inbox` below `root`, a directory of the server."""
    page = person.page
    page.goto("/drive/")
    yield "folders-none"
    connect(person, product, root)
    page.goto("/drive/")
    yield "folders-connected"
    page.get_by_role("link", name="Watch a folder").click()
    page.get_by_role("link", name=root.name, exact=True).click()
    yield "folder-choose"
    page.get_by_role("link", name="Watch inbox").click()
    page.get_by_label("Most a day").evaluate(
        "(field) => { field.form.noValidate = true; field.value = '0'; }"
    )
    page.get_by_role("button", name="Watch this folder").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "folder-refused"
    page.get_by_label("Most a day").fill("100")
    page.get_by_role("button", name="Watch this folder").click()
    yield "folder-empty"
    yield from with_files(page, product, root)


def connect(person: Person, product: Product, root: Path) -> None:
    """Lets the person watch folders in `root`; `inbox` and `outbox` are there."""
    for name in ("inbox", "outbox"):
        (root / name).mkdir(parents=True)
    product.endow(person.email)
    product.manage("drive", "connect-folder", person.email, str(root))


def watch_inbox(page: Page, root: Path) -> None:
    """Chooses `inbox` on the pages and watches it as the form proposes. Its page is open then."""
    page.goto("/drive/")
    page.get_by_role("link", name="Watch a folder").click()
    page.get_by_role("link", name=root.name, exact=True).click()
    page.get_by_role("link", name="Watch inbox").click()
    page.get_by_role("button", name="Watch this folder").click()


def with_files(page: Page, product: Product, root: Path) -> Iterator[str]:
    photo = photos.small(root, "a-photo.jpg")
    shutil.copy(photo, root / "inbox/harbour.jpg")
    (root / "inbox/broken.jpg").write_bytes(b"no photo at all")
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    refused = "SELECT 1 FROM drive_foundfile WHERE state = 'refused'"
    wait_until(lambda: product.rows(refused), "the broken photo was not refused", PATIENCE_S)
    page.reload()
    expect(page.get_by_text("Not usable")).to_be_visible()
    yield "folder-files"
    page.get_by_role("button", name="Pause").click()
    yield "folder-paused"
    page.get_by_role("link", name="Change settings").click()
    yield "folder-settings"
    page.go_back()
    page.get_by_role("link", name="Stop watching").click()
    yield "folder-stop"
    page.goto("/drive/")
    yield "folders"
