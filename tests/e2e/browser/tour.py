"""Opens every page in every state, one after the other, and yields the name of each while it is open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser import account_tour, photos
from tests.e2e.browser.person import Person
from tests.e2e.product.serving import Product

WAY_IN = {
    "landing": "/",
    "presets": "/presets/",
    "preset": "/presets/cinematic/",
    "preset-unavailable": "/presets/text_to_image/",
    "pricing": "/pricing/",
    "api": "/api/docs/",
    "api-jobs": "/api/docs/jobs/",
    "sign-up": "/accounts/signup/",
    "sign-in": "/accounts/login/",
    "password-forgotten": "/accounts/password/reset/",
    "password-mail-sent": "/accounts/password/reset/done/",
    "password-link-used": "/accounts/password/reset/key/1-nonsense/",
    "confirm-mail-sent": "/accounts/confirm-email/",
    "confirm-link-used": "/accounts/confirm-email/nonsense/",
    "email-link-ended": "/accounts/email/confirm/nonsense/",
    "mails": "/mail/",
    "mail": "/mail/job_done/",
    "account-inactive": "/accounts/inactive/",
    "error-404": "/no/such/page/",
}
FOR_PEOPLE = {
    "home-empty": "/home/",
    "new-empty": "/new/",
    "new-from-words": "/new/?preset=text_to_image",
    "jobs-empty": "/jobs/",
    "jobs-no-match": "/jobs/?q=nothing",
    "sign-out": "/accounts/logout/",
    "billing": "/billing/",
    "pricing-signed-in": "/pricing/",
    "api-signed-in": "/api/docs/keys/",
    "profile": "/account/",
    "email": "/accounts/email/",
    "activity": "/account/activity/",
    "data": "/account/data/",
    "delete": "/account/delete/",
    "keys-empty": "/account/keys/",
    "webhooks-empty": "/account/webhooks/",
    "usage-empty": "/billing/usage/",
    "usage-refused": "/billing/usage/?from=2027-02-01&to=2027-01-01",
    "notifications": "/notifications/",
    "password-change": "/accounts/password/change/",
    "security": "/account/security/",
    "sessions": "/account/sessions/",
    "reauthenticate": "/accounts/reauthenticate/",
}
LARGE = "4096"
SEND_OFTEN = """async () => {
  const form = document.querySelector("main form");
  form.elements.email.value = "often@example.org";
  for (let n = 0; n < 25; n++) await fetch(form.action, {method: "POST", body: new FormData(form)});
  form.submit();
}"""
SEND_MUCH = """() => {
  const form = document.querySelector("main form");
  form.elements.password.value = "x".repeat(1_500_000);
  form.submit();
}"""


def way_in(page: Page) -> Iterator[str]:
    """The pages that a signed-out visitor sees."""
    for name, address in WAY_IN.items():
        page.goto(address)
        yield name
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("nobody@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("not correct")).to_be_visible()
    yield "sign-in-refused"
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("nobody")
    page.get_by_label("Password", exact=True).fill("password")
    page.get_by_label("Password (again)").fill("another")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("has a name, an @ and a domain").first).to_be_visible()
    yield "sign-up-refused"
    page.goto("/accounts/login/")
    page.context.clear_cookies()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").evaluate("(button) => button.form.submit()")
    yield "error-403"
    for name, form in (("error-429", "/accounts/password/reset/"), ("error-413", "/accounts/login/")):
        page.goto(form)
        with page.expect_navigation():
            page.evaluate(SEND_OFTEN if name == "error-429" else SEND_MUCH)
        yield name


def for_people(person: Person, product: Product) -> Iterator[str]:
    """The pages of a user who has no jobs yet."""
    for name, address in FOR_PEOPLE.items():
        person.page.goto(address)
        yield name
    person.page.goto("/home/")
    person.page.get_by_role("button", name="Account").click()
    yield "menu-open"
    yield from account_tour.account(person, product)


def new_with_errors(person: Person, folder: Path) -> Iterator[str]:
    """The new-job page with a photo and all settings open, and after a refusal."""
    page = person.page
    page.goto("/new/?preset=cinematic")
    person.drop(photos.small(folder, "a-photo.jpg"))
    expect(page.get_by_text("1 photo ready")).to_be_visible()
    page.get_by_text("Advanced").click()
    yield "new-with-photo"
    page.get_by_label("Seed").fill("many")
    page.get_by_label("Strength").evaluate("(field) => { field.form.noValidate = true; field.value = '7'; }")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "new-refused"
    page.evaluate("sessionStorage.clear()")  # the next pictures begin with an empty form


def life_of_jobs(person: Person, product: Product, folder: Path) -> Iterator[str]:
    """Job pages: rendering, staged and queued while the node is slow, then cancelled, failed and done."""
    page = person.page
    start_slow(person, photos.small(folder, "morning.jpg"))
    page.wait_for_url("**/jobs/*/")
    first = person.path()
    expect(page.get_by_alt_text("Preview of the picture while it is made")).to_be_visible()
    product.set_faults(delay_ms=600_000)  # the other jobs wait, however soon the first ends
    yield "job-rendering"
    start_slow(person, *(photos.small(folder, f"evening {number}.jpg") for number in (1, 2)))
    page.wait_for_url("**/home/")
    yield "home-busy"
    page.get_by_role("link", name="2 pictures in Cinematic", exact=True).click()
    expect(page.get_by_text("0 of 2 done")).to_be_visible()
    yield "batch-open"
    third, second = jobs_of_batch(page)
    page.get_by_role("link", name=re.compile("^Cancel all 2")).click()
    yield "batch-cancel"
    page.goto(third)
    yield "job-queued"
    page.goto(f"{third}cancel/")
    yield "job-cancel"
    for address in (third, first, second):
        cancel(page, address)
    product.set_faults(reset=True)
    expect(page.get_by_text("This job was cancelled.")).to_be_visible()
    yield "job-cancelled"
    yield from ended_jobs(person, product, folder)


def start_slow(person: Person, *some: Path) -> None:
    page = person.page
    page.goto("/new/?preset=cinematic")
    person.drop(*some)
    expect(page.get_by_text(f"{len(some)} photo").last).to_contain_text("ready")
    page.get_by_label("Longest side").fill(LARGE)
    page.get_by_text("Advanced").click()
    page.get_by_label("Enlarge").check()
    page.get_by_role("button", name="Start").click()


def jobs_of_batch(page: Page) -> list[str]:
    """Returns the addresses of the jobs on the page of a batch, newest first."""
    return [str(link.get_attribute("href")) for link in page.locator(".gallery .cap > div > a").all()]


def cancel(page: Page, address: str) -> None:
    """Cancels the job unless it has already ended, then opens its page."""
    page.goto(f"{address}cancel/")
    if (button := page.get_by_role("button", name="Cancel the job")).count():
        button.click()
    page.goto(address)
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()


def ended_jobs(person: Person, product: Product, folder: Path) -> Iterator[str]:
    product.set_faults(truncated_output=True)
    start_one(person, photos.small(folder, "unlucky.jpg"))
    expect(person.page.get_by_text("Nothing was charged. Your photo is kept")).to_be_visible()
    product.set_faults(reset=True)
    yield "job-failed"
    start_one(person, photos.small(folder, "a name that goes on and on without any sense or end.jpg"))
    expect(person.page.get_by_text(re.compile("^Done in"))).to_be_visible()
    yield "job-done"
    for name, address in (
        ("jobs", "/jobs/"),
        ("home", "/home/"),
        ("usage", "/billing/usage/"),
        ("error-404-signed-in", "/jobs/x/"),
    ):
        person.page.goto(address)
        yield name


def start_one(person: Person, photo: Path) -> None:
    person.page.goto("/home/")
    person.drop(photo)
    expect(person.page.get_by_text("1 photo ready")).to_be_visible()
    person.pick("Mono Film")
    person.start()
