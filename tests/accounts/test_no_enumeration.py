"""Nobody learns from an answer, or from the work behind it, who has an account. benchmarks/enumeration.py measures it."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from creator.platform.models import Delivery

PASSWORD = "correct horse battery"
WHO = {
    "confirmed@example.org": {"verified": True},
    "waiting@example.org": {"verified": False},
    "closed@example.org": {"verified": True, "is_active": False},
    "without-password@example.org": {"verified": True, "password": None},
    "unknown@example.org": None,
}
FORMS: dict[str, Callable[[str], dict[str, str]]] = {
    "account_login": lambda email: {"login": email, "password": "wrong horse battery"},
    "account_signup": lambda email: {"email": email, "password1": PASSWORD, "password2": PASSWORD},
    "account_reset_password": lambda email: {"email": email},
}


@pytest.fixture
def people(db, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    cache.clear()
    for email, about in WHO.items():
        if about is not None:
            user = User.objects.create_user(
                email, about.get("password", PASSWORD), is_active=about.get("is_active", True)
            )
            EmailAddress.objects.create(user=user, email=email, verified=about["verified"], primary=True)


@pytest.fixture
def hashed(monkeypatch):
    """Counts how often a password is hashed."""
    times = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self, *args, **kwargs):
        times.append(1)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    return times


def seen(answer, email):
    """What the other side sees of an answer, without what differs between any two answers."""
    body = answer.text.replace(email, "…")
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)
    headers = {
        name: value
        for name, value in answer.items()
        if name not in ("X-Request-ID", "Content-Length", "Expires")
    }
    cookies = {
        name: {key: value for key, value in cookie.items() if key != "expires"}
        for name, cookie in answer.cookies.items()
    }
    return answer.status_code, headers, cookies, body


def answers_to(name, email):
    """The answer to the form, and the page that follows it."""
    visitor = Client(REMOTE_ADDR=f"192.0.2.{list(WHO).index(email)}")
    visitor.get(reverse(name))
    answer = visitor.post(reverse(name), FORMS[name](email))
    page = visitor.get(answer["Location"]) if answer.status_code == 302 else answer
    again = visitor.post(reverse("account_email_verification_sent"), {"again": ""}, follow=True)
    return [seen(each, email) for each in (answer, page, again)]


@pytest.mark.parametrize("name", FORMS)
def test_every_address_gets_the_same_answers(people, name):
    answers = [answers_to(name, email) for email in WHO]
    assert answers[0][0][0] in (200, 302)
    assert [each for each in answers if each != answers[-1]] == []


@pytest.mark.parametrize(
    ("name", "times"), [("account_login", 1), ("account_signup", 1), ("account_reset_password", 0)]
)
def test_every_address_costs_as_many_hashes(people, hashed, name, times):
    counts = {}
    for email in WHO:
        hashed.clear()
        Client(REMOTE_ADDR=f"192.0.2.{list(WHO).index(email)}").post(reverse(name), FORMS[name](email))
        counts[email] = len(hashed)
    assert counts == dict.fromkeys(WHO, times)


@pytest.mark.parametrize(
    ("name", "mails"), [("account_login", 0), ("account_signup", 1), ("account_reset_password", 1)]
)
def test_every_address_gets_as_many_mails(people, name, mails):
    for email in WHO:
        Client(REMOTE_ADDR=f"192.0.2.{list(WHO).index(email)}").post(reverse(name), FORMS[name](email))
    counts = [Delivery.objects.filter(destination=email).count() for email in WHO]
    assert counts == [mails] * len(WHO)


def test_a_reset_takes_the_same_queries_for_every_address(people):
    taken = []
    for email in WHO:
        visitor = Client(REMOTE_ADDR=f"192.0.2.{list(WHO).index(email)}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            visitor.post(reverse("account_reset_password"), FORMS["account_reset_password"](email))
        taken.append([re.match(r"\w+", each["sql"])[0] for each in queries])
    assert taken == [taken[-1]] * len(WHO)
    assert "INSERT" in taken[-1]


@pytest.mark.parametrize("visit", ["get", "post"])
def test_sending_a_link_again_takes_the_same_queries_for_every_address(people, visit):
    taken = {}
    for email in ("new@example.org", "confirmed@example.org"):
        browser = Client()
        browser.post(reverse("account_signup"), FORMS["account_signup"](email))
        sent = reverse("account_email_verification_sent")
        with CaptureQueriesContext(connection) as queries:
            assert getattr(browser, visit)(sent).status_code == {"get": 200, "post": 302}[visit]
        taken[email] = Counter(re.search(r"FROM (\S+)", each["sql"])[1] for each in queries)
    assert taken["confirmed@example.org"] == taken["new@example.org"]


def test_the_right_password_of_a_closed_account_is_told_only_to_its_person(people, client):
    form = {"login": "closed@example.org", "password": PASSWORD}
    assert client.post(reverse("account_login"), form)["Location"] == reverse("account_inactive")
