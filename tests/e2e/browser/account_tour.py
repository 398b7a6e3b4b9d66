"""The part of the tour that shows the account: pages behind a proof, behind the link of a mail, or after a wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.accounts.factors.app import App
from tests.e2e.browser.person import PASSWORD, Person
from tests.e2e.product.serving import Product

LINKS = """
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.urls import reverse
from accounts.models import User
from accounts.notifications.kind import kind_named
from accounts.notifications.unsubscribing import unsubscribe_path
user = User.objects.get(email={email!r})
print(reverse("account_confirm_email", args=[EmailConfirmationHMAC(EmailAddress.objects.get(user=user)).key]))
print(unsubscribe_path(user, [kind_named("job_done"), kind_named("job_failed")]))
"""
"""Prints the links of two mails: that confirms the address, and that ends mails about jobs."""
CHANGE_LINKS = """
from django.urls import reverse
from accounts.models import EmailChange, Side
change = EmailChange.objects.get(user__email={email!r})
for side in Side:
    print(reverse("account_email_confirm_change", args=[change.key_for(side)]))
"""
EXPORTS = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import DataExport, User
now, user = timezone.now(), User.objects.get(email={email!r})
for state in (
    {{"failures": DataExport.MOST_FAILURES}},
    {{"done_at": now, "expires_at": now}},
    {{"done_at": now, "expires_at": now + timedelta(days=7), "key": "exports/some.zip", "size": 8_000_000}},
    {{"files": 10, "files_done": 4, "due_at": now + timedelta(days=1)}},
):
    DataExport.objects.create(owner=user, **state)
"""
"""Makes an export in each state. The one in progress is not due, so that it stays in it."""

USED_UP = """
from billing.models import CreditAccount
account = CreditAccount.objects.get(owner__email={email!r})
account.warned, account.period_jobs = 2, account.plan.jobs_per_period - 3
account.save(update_fields=["warned", "period_jobs"])
"""
"""Leaves three pictures of the period, as if the person had been warned of it."""
PLENTY = """
from billing.models import CreditAccount
CreditAccount.objects.filter(owner__email={email!r}).update(warned=0, period_jobs=0)
"""

FREE_WEBHOOKS = """
from billing.models import Plan
Plan.objects.filter(slug="free").update(features={features!r})
"""
"""Lets the person's plan have webhooks, or not any more."""


def account(person: Person, product: Product) -> Iterator[str]:
    """All pages of the account that need more than an address. The person keeps address and password."""
    page = person.page
    confirm, unsubscribe = print_lines(product, LINKS, person)
    yield from keys(page)
    yield from webhooks(page, product)
    yield from confirmation(page, confirm)
    yield from new_address(person, product)
    yield from end_of_mails(page, unsubscribe)
    yield from factors(person)
    yield from data(person, product)
    yield from used_up(person, product)


def print_lines(product: Product, script: str, person: Person) -> list[str]:
    return product.manage("shell", "--no-imports", "-c", script.format(email=person.email)).split()


def prove(page: Page, address: str) -> None:
    """Opens the page, and enters the password if it is asked for."""
    page.goto(address)
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()


def keys(page: Page) -> Iterator[str]:
    """The pages of API keys: a mistake, a new key, the question before the end, the list."""
    prove(page, "/account/keys/new/")
    page.get_by_label("Name").fill("nightly import")
    page.get_by_label("Expires").select_option("At the end of a day")
    page.get_by_role("button", name="Create the key").click()
    expect(page.get_by_text("Choose the day")).to_be_visible()
    yield "keys-refused"
    page.get_by_label("Expires").select_option("In 90 days")
    page.get_by_role("button", name="Create the key").click()
    expect(page.get_by_role("heading", name="nightly import is ready")).to_be_visible()
    yield "key-made"
    page.get_by_role("link", name="I have copied it").click()
    yield "keys"
    page.goto("/billing/caps/")
    page.get_by_label("API key nightly import").fill("200")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This holds from now on")).to_be_visible()
    yield "caps"
    page.goto("/account/keys/")
    page.get_by_role("link", name="Revoke").click()
    yield "key-revoke"
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("nightly import is revoked")).to_be_visible()
    yield "keys-revoked"


def webhooks(page: Page, product: Product) -> Iterator[str]:
    """The pages of webhooks: a mistake, the secret, one webhook with a test that cannot arrive, the question."""
    product.manage("shell", "--no-imports", "-c", FREE_WEBHOOKS.format(features=["api_keys", "webhooks"]))
    prove(page, "/account/webhooks/new/")
    page.get_by_label("Address").fill("http://hooks.example.org/creator")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.get_by_text("begins with https://")).to_be_visible()
    yield "webhook-refused"
    page.get_by_label("Address").fill("https://hooks.example.org/creator")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.get_by_role("heading", name="Secret of hooks.example.org")).to_be_visible()
    yield "webhook-secret"
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("heading", name="test")).to_be_visible()
    yield "webhook-delivery"
    page.get_by_role("link", name="Back to the webhook").click()
    yield "webhook"
    page.get_by_role("link", name="Change").click()
    yield "webhook-edit"
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Delete").click()
    yield "webhook-delete"
    page.get_by_role("link", name="Keep the webhook").click()
    page.goto("/account/webhooks/")
    yield "webhooks"
    product.manage("shell", "--no-imports", "-c", FREE_WEBHOOKS.format(features=["api_keys"]))


def confirmation(page: Page, link: str) -> Iterator[str]:
    """The page of the mail after sign-up, before and after its use."""
    page.goto(link)
    yield "confirm-address"
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.get_by_text("Your address is confirmed")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("link", name="Go to your work")).to_be_visible()
    yield "confirm-address-again"


def new_address(person: Person, product: Product) -> Iterator[str]:
    """The pages of a change of address, which the new address stops after the old one confirmed it."""
    page = person.page
    prove(page, "/accounts/email/change/")
    yield "email-change"
    page.get_by_label("New address").fill("another@example.org")
    page.get_by_role("button", name="Send the links").click()
    expect(page.get_by_text("another@example.org")).to_be_visible()
    yield "email-waiting"
    old, new = print_lines(product, CHANGE_LINKS, person)
    page.goto(old)
    yield "email-confirm-old"
    page.get_by_role("button", name="Yes, change it").click()
    expect(page.get_by_role("heading", name="One more confirmation")).to_be_visible()
    yield "email-confirmed-half"
    page.goto(new)
    yield "email-confirm-new"
    page.get_by_role("button", name="Stop the change").click()
    expect(page.get_by_role("heading", name="The change was stopped")).to_be_visible()
    yield "email-stopped"


def end_of_mails(page: Page, link: str) -> Iterator[str]:
    page.goto(link)
    yield "unsubscribe"
    page.get_by_role("button", name="Stop these mails").click()
    expect(page.get_by_role("heading", name="You get no more mails about this")).to_be_visible()
    yield "unsubscribed"
    page.goto("/notifications/")
    page.get_by_label("Quiet hours from").fill("22:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter both ends").first).to_be_visible()
    yield "notifications-refused"


def factors(person: Person) -> Iterator[str]:
    """The pages of second factors, and signing in with one."""
    page, app = person.page, App()
    prove(page, "/accounts/factors/passkeys/add/")
    yield "passkey-add"
    page.goto("/accounts/factors/app/add/")
    yield "app-add"
    app.secret = page.locator("code").inner_text().replace(" ", "")
    enter_code(page, "000000", "Add the app")
    expect(page.get_by_text("is not right").first).to_be_visible()
    yield "app-refused"
    enter_code(page, app.code(), "Add the app")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    yield "codes"
    for name, address in (("codes-new", "codes/new"), ("app-remove", "app/remove")):
        prove(page, f"/accounts/factors/{address}/")
        yield name
    for name, address in (
        ("security-with-app", "/account/security/"),
        ("reauthenticate-by-code", "/accounts/factors/reauthenticate/"),
    ):
        page.goto(address)
        yield name
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    person.sign_in()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    yield "second-factor"
    enter_code(page, codes[0], "Sign in")
    page.wait_for_url("**/home/")


def enter_code(page: Page, code: str, button: str) -> None:
    page.get_by_label(re.compile("^Code")).fill(code)
    page.get_by_role("button", name=button, exact=True).click()


def data(person: Person, product: Product) -> Iterator[str]:
    """Exports in every state, and a wrong password before the deletion."""
    page = person.page
    print_lines(product, EXPORTS, person)
    page.goto("/account/data/")
    yield "exports"
    page.goto("/account/delete/")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not your password").first).to_be_visible()
    yield "delete-refused"


def used_up(person: Person, product: Product) -> Iterator[str]:
    """The banner of a period that is being used up, on each page that has it."""
    print_lines(product, USED_UP, person)
    for name, address in (
        ("home-used-up", "/home/"),
        ("new-used-up", "/new/"),
        ("billing-used-up", "/billing/"),
    ):
        person.page.goto(address)
        expect(person.page.get_by_text("3 more pictures like your last one")).to_be_visible()
        yield name
    print_lines(product, PLENTY, person)


def invited(page: Page) -> Iterator[str]:
    """Sign-up by invitation, and the page that waits for the confirmation."""
    page.goto("/accounts/signup/")
    yield "sign-up-invited"
    page.get_by_label("Email").fill("Anna@example.org")
    for label in ("Password", "Password (again)"):
        page.get_by_label(label, exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("We sent a mail to Anna@example.org")).to_be_visible()
    yield "confirm-mail-sent-to"


def closed(page: Page) -> Iterator[str]:
    page.goto("/accounts/signup/")
    yield "sign-up-closed"
