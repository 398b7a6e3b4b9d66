"""Passkeys in a real browser: added, used instead of the password and after it, copied, removed."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.passkeys import Device, confirm_address, named
from tests.e2e.browser.person import PASSWORD, Person
from tests.e2e.product.serving import ROOT

pytestmark = [pytest.mark.services, pytest.mark.browser]
SCRIPT_BYTES = 1024


@pytest.fixture
def anna(product, new_person) -> Person:
    """Has an account with a confirmed address, and its pages open at a name."""
    anna = new_person("anna")
    confirm_address(product, anna.email)
    anna.page.goto(f"{named(product)}/accounts/login/")
    anna.sign_in()
    anna.page.wait_for_url("**/home/")
    return anna


def prove(person: Person) -> None:
    person.page.get_by_label("Password").fill(PASSWORD)
    person.page.get_by_role("button", name="Continue").click()


def add_passkey(person: Person, product, name: str = "Laptop") -> None:
    person.page.goto(f"{named(product)}/accounts/factors/passkeys/add/")
    if "reauthenticate" in person.page.url:
        prove(person)
    person.page.get_by_label("Name").fill(name)
    person.page.get_by_role("button", name="Add passkey").click()
    person.page.wait_for_url("**/codes/")


def sign_out(person: Person, product) -> None:
    person.page.goto(f"{named(product)}/accounts/logout/")
    person.page.get_by_role("main").get_by_role("button", name="Sign out").click()
    person.page.goto(f"{named(product)}/accounts/login/")


def sign_in_by_passkey(person: Person) -> None:
    person.page.get_by_role("button", name="Use a passkey").click()


def test_a_passkey_signs_in_and_is_renamed_and_removed(product, anna):
    device = Device(anna.page)
    add_passkey(anna, product)
    (passkey,) = device.passkeys()
    assert (passkey["rpId"], passkey["isResidentCredential"]) == ("localhost", True)
    sign_out(anna, product)
    sign_in_by_passkey(anna)
    anna.page.wait_for_url("**/home/")
    anna.page.goto(f"{named(product)}/account/security/")
    anna.page.get_by_role("link", name="Rename Laptop").click()
    prove(anna)
    anna.page.get_by_label("Name").fill("Old laptop")
    anna.page.get_by_role("button", name="Save").click()
    anna.page.get_by_role("link", name="Remove Old laptop").click()
    expect(anna.page.get_by_text("your last second factor")).to_be_visible()
    anna.page.get_by_role("button", name="Remove").click()
    expect(anna.page.get_by_text("no second factor now")).to_be_visible()
    sign_out(anna, product)
    sign_in_by_passkey(anna)
    expect(anna.page.get_by_text("This code or passkey is not right")).to_be_visible()


def test_a_passkey_comes_after_the_password(product, anna):
    Device(anna.page)
    add_passkey(anna, product)
    sign_out(anna, product)
    anna.sign_in()
    expect(anna.page.get_by_role("heading", name="One more step")).to_be_visible()
    anna.page.get_by_role("button", name="Use a passkey").click()
    anna.page.wait_for_url("**/home/")


def test_a_passkey_proves_again_who_someone_is(product, anna):
    Device(anna.page)
    add_passkey(anna, product)
    sign_out(anna, product)
    sign_in_by_passkey(anna)
    anna.page.wait_for_url("**/home/")
    anna.page.goto(f"{named(product)}/accounts/factors/codes/new/")
    anna.page.get_by_role("link", name="passkey").click()
    anna.page.get_by_role("button", name="Use a passkey").click()
    expect(anna.page.get_by_role("heading", name="Make recovery codes")).to_be_visible()


def test_a_copied_passkey_is_refused(product, anna):
    """The copy counts on from where it was made, so that its count has been used."""
    device = Device(anna.page)
    add_passkey(anna, product)
    (copy,) = device.passkeys()
    sign_out(anna, product)
    sign_in_by_passkey(anna)
    anna.page.wait_for_url("**/home/")
    device.put(copy)
    sign_out(anna, product)
    sign_in_by_passkey(anna)
    expect(anna.page.get_by_text("a copy of it may exist")).to_be_visible()
    anna.page.goto(f"{named(product)}/home/")
    expect(anna.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_device_without_a_passkey_and_an_address_of_numbers_are_explained(product, anna):
    Device(anna.page)
    sign_out(anna, product)
    sign_in_by_passkey(anna)
    expect(anna.page.get_by_role("alert")).to_have_text("No passkey was used. Try again.")
    anna.page.context.clear_cookies()
    anna.page.goto("/accounts/login/")
    sign_in_by_passkey(anna)
    expect(anna.page.get_by_role("alert")).to_contain_text("open http://localhost:")


def test_without_script_the_pages_say_so(new_person):
    anna = new_person("anna", script=False)
    anna.page.context.clear_cookies()
    anna.page.goto("/accounts/login/")
    expect(anna.page.get_by_text("Passkeys need JavaScript; the rest of the page does not.")).to_be_visible()
    expect(anna.page.get_by_role("button", name="passkey")).to_have_count(0)
    anna.sign_in()
    anna.page.wait_for_url("**/home/")


def test_the_script_is_light():
    assert len(gzip.compress((ROOT / "static/js/account/use-passkey.js").read_bytes())) <= SCRIPT_BYTES
