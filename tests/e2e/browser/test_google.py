"""Sign-in with Google in a real browser, which checks the policy `form-action` on the way to the provider."""

import pytest
from playwright.sync_api import expect

from tests.accounts.google.provider import CLIENT_ID, CLIENT_SECRET, serve
from tests.e2e.browser.person import Person
from tests.e2e.product.serving import serving

pytestmark = [pytest.mark.services, pytest.mark.browser]


@pytest.fixture(scope="module")
def google():
    with serve() as provider:
        yield provider


@pytest.fixture(scope="module")
def product(google, tmp_path_factory):
    keys = {
        "GOOGLE_CLIENT_ID": CLIENT_ID,
        "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        "GOOGLE_ISSUER": google.issuer,
    }
    with serving(tmp_path_factory.mktemp("product"), **keys) as served:
        yield served


def test_a_new_person_signs_up_with_google_and_sees_it_linked(google, product, new_person):
    person: Person = new_person("google", account=False)
    page = person.page
    page.goto(f"{product.url}/accounts/login/")
    page.get_by_role("button", name="Continue with Google").click()
    expect(page).to_have_url(f"{product.url}/home/")
    page.goto(f"{product.url}/account/security/")
    expect(page.get_by_text("Fig@Example.org").last).to_be_visible()
    expect(page.get_by_text("Linked")).to_be_visible()


def test_without_google_the_page_says_so_in_our_look(google, product, new_person):
    person: Person = new_person("away", account=False)
    page = person.page
    page.goto(f"{product.url}/accounts/login/")
    google.fault = "denied"
    page.get_by_role("button", name="Continue with Google").click()
    expect(page.get_by_text("You did not continue with Google")).to_be_visible()
    google.fault = ""
