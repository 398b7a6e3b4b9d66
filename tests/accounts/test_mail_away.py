"""A mail server at whose address nobody listens: no request ends by it, and nobody learns who has an account."""

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.urls import reverse

from tests.services.process import free_port

PASSWORD = "a-Long-enough-1"


@pytest.fixture
def visitor(client, cast, settings):
    cache.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    return client


@pytest.mark.parametrize(
    ("name", "passwords"),
    [("account_signup", {"password1": PASSWORD, "password2": PASSWORD}), ("account_reset_password", {})],
)
def test_known_and_unknown_addresses_are_told_the_same(visitor, name, passwords):
    told = []
    for email in ("owner@example.org", "nobody@example.org"):
        visitor.cookies.clear()
        answer = visitor.post(reverse(name), {"email": email} | passwords)
        words = [str(message) for message in get_messages(answer.wsgi_request)]
        told.append((answer.status_code, answer["Location"], words))
    assert told[0] == told[1]
    assert [("nothing was sent" in said) for said in told[0][2]] == [True]


def test_the_link_can_be_asked_for_again_at_once(visitor, settings, mailoutbox):
    account = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    visitor.post(reverse("account_signup"), account)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    visitor.post(reverse("account_login"), {"login": account["email"], "password": PASSWORD})
    assert [mail.to for mail in mailoutbox] == [[account["email"]]]
