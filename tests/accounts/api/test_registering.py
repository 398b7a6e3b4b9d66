"""New accounts, confirmed addresses and forgotten passwords by the API: keys travel by mail only."""

import json
from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress

from accounts.models import TokenFamily, User
from creator.platform.models import Delivery
from tests.accounts.api.conftest import EMAIL, PASSWORD, bearer, code_of

NEW = {"email": "new@example.org", "password": PASSWORD}


@pytest.fixture(autouse=True)
def mandatory(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def test_a_new_person_confirms_the_address_and_signs_in(call, links):
    assert call("register", **NEW).status_code == 202
    assert code_of(call("login", **NEW)) == (403, "email_unverified")
    assert call("verify", key=links()[0].rstrip("/").rpartition("/")[2]).status_code == 200
    assert call("login", **NEW).status_code == 200
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize("path", ["register", "forgot-password"])
def test_known_and_unknown_addresses_get_the_same_answer(call, person, path, mailoutbox, links):
    answers = []
    for email in (EMAIL, "nobody@example.org"):
        body = {"email": email} | ({"password": PASSWORD} if path == "register" else {})
        answers.append(call(path, **body))
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert all("key" not in answer.json() for answer in answers)
    links()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["nobody@example.org", EMAIL]


def test_registering_a_known_address_changes_nothing_of_its_person(call, person):
    call("register", email=EMAIL, password="another-Long-phrase-2")
    person.refresh_from_db()
    assert (person.check_password(PASSWORD), User.objects.filter(email=EMAIL).count()) == (True, 1)


@pytest.mark.parametrize("password", ["short", "password123", "new@example.org"])
def test_weak_passwords_are_refused_by_name(call, password):
    answer = call("register", email="new@example.org", password=password)
    assert (code_of(answer), list(answer.json()["error"]["details"])) == (
        (422, "invalid_parameters"),
        ["password"],
    )
    assert User.objects.count() == 0


def test_where_sign_up_is_closed_nobody_registers(call, monkeypatch):
    monkeypatch.setattr("accounts.adapter.AccountAdapter.is_open_for_signup", lambda *_: False)
    assert code_of(call("register", **NEW)) == (403, "not_allowed")
    assert User.objects.count() == 0


@pytest.mark.parametrize("key", ["nonsense", "MQ:1tXyz:AAAA", "\u00fc", "a" * 999])
def test_a_dead_key_says_so(call, key):
    for path, more in (("verify", {}), ("reset-password", {"password": PASSWORD})):
        answer = call(path, key=key, **more)
        assert (code_of(answer), list(answer.json()["error"]["details"])) == (
            (422, "invalid_parameters"),
            ["key"],
        )


def test_a_forgotten_password_is_set_once_and_signs_every_program_out(call, person, links):
    tokens = call("login", email=EMAIL, password=PASSWORD).json()
    assert call("forgot-password", email=" Owner@Example.org ").status_code == 202
    (link,) = [each for each in links() if "reset/key" in each]
    new = "another-Long-phrase-2"
    assert code_of(call("reset-password", key=link, password="short")) == (422, "invalid_parameters")
    assert [call("reset-password", key=link, password=new).status_code for _ in range(2)] == [200, 422]
    assert call.client.get("/api/v1/auth/me", headers=bearer(tokens)).status_code == 401
    assert code_of(call("refresh", refresh_token=tokens["refresh_token"])) == (401, "not_authenticated")
    assert call("login", email=EMAIL, password=new).status_code == 200
    assert call.client.cookies == {}


def test_no_row_keeps_a_key_or_a_password(call, person):
    call("register", **NEW)
    call("forgot-password", email=EMAIL)
    kept = json.dumps(list(Delivery.objects.values()), default=str)
    assert [secret in kept for secret in (PASSWORD, "confirm-email", "reset/key")] == [False] * 3
    assert TokenFamily.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register", NEW),
        ("forgot-password", {"email": EMAIL}),
        ("verify", {"key": "x"}),
        ("reset-password", {"key": "x", "password": "y"}),
    ],
)
def test_tries_are_limited(call, settings, path, body):
    settings.CONFIG = replace(settings.CONFIG, tries_per_address=2)
    answers = [call(path, **body) for _ in range(3)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert "Retry-After" in answers[2]
