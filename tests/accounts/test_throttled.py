"""What is refused for being tried too often is said in words, with what to do."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.urls import reverse


@pytest.fixture
def visitor(client, cast):
    cache.clear()
    return client


def test_a_second_link_within_three_minutes_is_refused_in_words(visitor, cast):
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, primary=True)
    visitor.force_login(cast.owner)
    asked = {"email": cast.owner.email, "action_send": ""}
    first, second = (visitor.post(reverse("account_email"), asked, follow=True).text for _ in range(2))
    assert ("is on its way to you." in first, "No link was sent" in first) == (True, False)
    assert ("is on its way to you." in second, "ask again in three minutes." in second) == (False, True)


def test_too_many_wrong_passwords_are_told_what_to_do(visitor, cast):
    for _ in range(7):
        answer = visitor.post(reverse("account_login"), {"login": cast.owner.email, "password": "wrong"})
    assert "This was wrong too often. Wait five minutes, or choose a new password by mail." in answer.text


def test_twenty_forms_a_minute_are_enough(visitor):
    for _ in range(25):
        answer = visitor.post(reverse("account_signup"), {"email": "x"}, headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Wait a minute, then try again." in answer.text
    program = visitor.post(reverse("account_signup"), {"email": "x"}, headers={"Accept": "application/json"})
    assert program.json()["error"]["code"] == "rate_limited"
