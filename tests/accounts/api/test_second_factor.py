"""The second factor takes part in a program's sign-in."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

from accounts.models import TokenFamily
from tests.accounts.api.conftest import EMAIL, PASSWORD, code_of


@pytest.fixture
def asked(call, totp) -> dict:
    answer = call("login", email=EMAIL, password=PASSWORD)
    assert code_of(answer) == (401, "second_factor_required")
    return answer.json()["error"]["details"]


def test_a_password_alone_gets_no_tokens(asked):
    assert (asked["kinds"], TokenFamily.objects.count()) == (["totp"], 0)


def test_the_code_completes_the_sign_in(call, asked, totp):
    answer = call("login/second-factor", login_token=asked["login_token"], code=totp(), device="laptop")
    assert answer.status_code == 200
    assert TokenFamily.objects.get().device == "laptop"


def test_both_may_be_sent_at_once(call, totp):
    assert call("login", email=EMAIL, password=PASSWORD, code=totp()).status_code == 200
    assert code_of(call("login", email=EMAIL, password="wrong", code="123456")) == (401, "not_authenticated")


def test_a_code_works_once(call, asked, totp):
    code = totp()
    answers = [call("login/second-factor", login_token=asked["login_token"], code=code) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]


def test_a_recovery_code_works_once(call, person, totp):
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    asked = call("login", email=EMAIL, password=PASSWORD).json()["error"]["details"]
    assert asked["kinds"] == ["recovery_codes", "totp"]
    answers = [call("login/second-factor", login_token=asked["login_token"], code=code) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]


def test_codes_are_limited_per_person(call, asked, totp):
    statuses = [
        call("login/second-factor", login_token=asked["login_token"], code="000000").status_code
        for _ in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    again = call("login/second-factor", login_token=asked["login_token"], code=totp())
    assert code_of(again) == (429, "rate_limited")


@pytest.mark.parametrize("spoil", ["forged", "late", "password"])
def test_a_login_token_is_ours_fresh_and_of_this_password(call, asked, totp, person, monkeypatch, spoil):
    token = asked["login_token"]
    if spoil == "forged":
        token = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    elif spoil == "late":
        monkeypatch.setattr("accounts.api.auth.signing_in.CODE_WITHIN_S", -1)
    else:
        person.set_password("another one")
        person.save(update_fields=["password"])
    answer = call("login/second-factor", login_token=token, code=totp())
    assert (code_of(answer), TokenFamily.objects.count()) == ((401, "not_authenticated"), 0)


def test_a_login_token_opens_nothing_itself(call, asked):
    answer = call.client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {asked['login_token']}"})
    assert answer.status_code == 401
