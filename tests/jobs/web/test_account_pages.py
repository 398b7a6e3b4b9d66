"""The account pages: messages shown once, only possible actions offered, one link out of every page."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from creator.platform.outbox import hand_on_due
from tests.jobs.web.reading import squash

PASSWORD = "a-Long-enough-1"


@pytest.fixture
def newcomer(client, db):
    """The answer to a sign-up. The cache is cleared, as it limits each address to one mail in three minutes."""
    cache.clear()
    fields = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), fields)


def test_a_sign_up_says_one_thing(newcomer):
    said = [str(message) for message in get_messages(newcomer.wsgi_request)]
    assert said == ["A link to confirm your address is on its way to you."]


def test_a_sign_in_speaks_for_itself(client, newcomer):
    client.post(reverse("account_logout"))
    client.get("/")
    answer = client.post(reverse("account_login"), {"login": "new@example.org", "password": PASSWORD})
    assert (answer.status_code, list(get_messages(answer.wsgi_request))) == (302, [])


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_the_link_is_offered_again_only_while_it_is_needed(client, newcomer, is_confirmed):
    EmailAddress.objects.update(verified=is_confirmed)
    assert ("Send the link again" in client.get(reverse("account_email")).text) is not is_confirmed


def test_the_link_in_the_mail_confirms_the_address(client, newcomer):
    hand_on_due()
    path = re.search(r"/accounts/confirm-email/\S+/", mail.outbox[0].body)[0]
    html = squash(client.get(path).text)
    assert ("<h1>Confirm your address</h1>" in html, "Is new@example.org yours?" in html) == (True, True)
    client.post(path)
    assert EmailAddress.objects.get().verified is True
    assert "<h1>This link no longer works</h1>" in client.get(f"{path[:-2]}/").text


@pytest.mark.parametrize(
    ("address", "heading", "way_out"),
    [
        ("/accounts/inactive/", "This account is closed", "/"),
        ("/accounts/confirm-email/", "Check your email", "/accounts/login/"),
        ("/accounts/confirm-email/x/", "This link no longer works", "/accounts/login/"),
    ],
)
def test_every_page_has_one_way_out(client, db, address, heading, way_out):
    main = re.search(r"<main.*</main>", client.get(address).text, re.DOTALL)[0]
    assert re.findall("<h1>(.*)</h1>", main) == [heading]
    assert re.findall(r'class="btn[^"]*"\s+href="([^"]*)"', main) == [way_out]


@pytest.mark.parametrize("name", ["account_signup", "account_login", "account_reset_password"])
def test_labels_are_not_repeated_in_the_fields(client, db, name):
    html = client.get(reverse(name)).text
    assert ("placeholder" in html, 'inputmode="email"' in html) == (False, True)
