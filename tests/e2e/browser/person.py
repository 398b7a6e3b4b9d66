"""A user with a browser, who signs up and drops photos. Records every problem that the browser reports."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.product.serving import ROOT, Product

NUMBERS = itertools.count(1)
PASSWORD = "correct horse battery"
SCREENSHOTS = ROOT / "var/screenshots"
PATIENCE_MS = 30_000
EXPECTED = re.compile(
    "Failed to load resource: the server responded with a status of 4|closed before the connection is established"
)
"""Chromium logs every 4xx answer, which some pages show on purpose, and sockets closed before they opened."""

WATCH_RULES = (
    "addEventListener('securitypolicyviolation', (e) => report(`${e.violatedDirective}: ${e.blockedURI}`));"
)
DROP = """(zone, files) => {
  const transfer = new DataTransfer();
  for (const [name, type, base64] of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type}));
  }
  const how = {bubbles: true, cancelable: true};
  zone.dispatchEvent(new DragEvent('dragover', {...how, dataTransfer: transfer}));
  zone.dispatchEvent(new DragEvent('drop', {...how, dataTransfer: transfer}));
}"""
PASTE = """([name, type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true}));
}"""


class Person:
    """One browser context. `script=False` turns JavaScript off. `zone` is the time zone of the computer."""

    def __init__(
        self,
        chromium: Browser,
        product: Product,
        name: str,
        *,
        script: bool = True,
        account: bool = True,
        zone: str = "UTC",
    ) -> None:
        self.product = product
        self.name = name
        self.script = script
        self.email = f"{name}-{next(NUMBERS)}@example.org"
        self.problems: list[str] = []
        self.context = chromium.new_context(
            base_url=product.url,
            java_script_enabled=script,
            timezone_id=zone,
            viewport={"width": 1280, "height": 900},
        )
        self.context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.context.on("console", self._note)
        self.context.on("weberror", lambda error: self.problems.append(str(error.error)))
        if script:
            self.context.expose_function("report", lambda words: self.problems.append(words))
            self.context.add_init_script(WATCH_RULES)
        self.page: Page = self.context.new_page()
        if account:
            self.sign_up()

    def leave(self) -> list[str]:
        """Closes the window and returns the problems that the browser reported."""
        self.context.close()
        return [f"{self.name}: {problem}" for problem in self.problems]

    def forgive(self, words: str) -> None:
        """Ignores reported problems that contain `words`, because the test caused them on purpose."""
        self.problems[:] = [problem for problem in self.problems if words not in problem]

    def sign_up(self) -> None:
        self.page.goto("/accounts/signup/")
        self.page.get_by_label("Email").fill(self.email)
        for label in ("Password", "Password (again)"):
            self.page.get_by_label(label, exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Create account").click()
        self.page.wait_for_url("**/home/")

    def sign_in(self) -> None:
        """Fills in the sign-in page that is open."""
        self.page.get_by_label("Email").fill(self.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def drop(self, *files: Path | tuple[str, str, str]) -> None:
        """Drops files on the upload panel, as if dragged from another window."""
        self.page.locator("upload-zone").evaluate(DROP, [_transferable(file) for file in files])

    def paste(self, file: Path) -> None:
        self.page.evaluate(PASTE, _transferable(file))

    def pick(self, preset: str) -> None:
        """Chooses one of the presets on the home page."""
        self.page.locator("label", has_text=preset).click()

    def start(self) -> str:
        """Presses Start and returns the path of the job's page."""
        self.page.get_by_role("button", name="Start").click()
        self.page.wait_for_url("**/jobs/*/")
        return self.path()

    def path(self) -> str:
        return self.page.url.removeprefix(self.product.url)

    def photograph(self, name: str) -> None:
        """Saves screenshots of the page, wide and narrow, light and dark, in var/screenshots."""
        self.page.evaluate("scrollTo(0, 0)")
        for width in (1280, 390):
            for scheme in ("light", "dark"):
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.emulate_media(color_scheme=scheme)
                path = SCREENSHOTS / f"{name}-{width}-{scheme}.png"
                self.page.screenshot(path=path, full_page=True, animations="disabled")
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.emulate_media(color_scheme="light")

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")


def _transferable(file: Any) -> list[str]:
    """Returns a file's name, media type and base64 content."""
    if isinstance(file, Path):
        kind = {".png": "image/png", ".jpg": "image/jpeg"}.get(file.suffix, "text/plain")
        return [file.name, kind, b64encode(file.read_bytes()).decode()]
    return list(file)
