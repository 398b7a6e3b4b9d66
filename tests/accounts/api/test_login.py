"""Signing a program in and out by the API."""

import pytest
from django.test import Client

from accounts.enums import Scope, SecurityEvent
from accounts.erasure import ask_erasure, pending_erasure
from accounts.models import TokenFamily
from creator.platform.models import AuditLine, Delivery
from tests.accounts.api.conftest import EMAIL, PASSWORD, bearer, code_of

ME = "/api/v1/auth/me"


def test_a_program_signs_in_and_knows_who_it_is(call, signed_in, person):
    assert signed_in.keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_at",
    }
    assert (signed_in["token_type"], signed_in["expires_in"]) == ("Bearer", 300)
    answer = call.client.get(ME, headers=bearer(signed_in))
    assert answer.json() == {
        "id": str(person.pk),
        "email": EMAIL,
        "name": "",
        "verified": True,
        "means": "token",
        "scopes": sorted(Scope),
        "plan": answer.json()["plan"],
    }
    assert call.client.cookies == {}


def test_the_time_of_the_sign_in_is_kept(call, person):
    for password, is_kept in (("wrong", False), (PASSWORD, True)):
        call("login", email=EMAIL, password=password)
        person.refresh_from_db()
        assert (person.last_login is not None) is is_kept


def test_it_opens_what_a_key_opens(signed_in, person, call):
    answers = [
        call.client.get("/api/v1/jobs", headers=headers)
        for headers in (bearer(signed_in), {"X-API-Key": signed_in["access_token"]}, {})
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 401]


def test_the_person_is_told_of_a_new_device_and_no_session_begins(call, person):
    for agent in ("curl/8", "curl/8", "python-httpx/1"):
        body = {"email": "  OWNER@example.ORG ", "password": PASSWORD}
        assert call("login", headers={"User-Agent": agent}, **body).status_code == 200
    families = TokenFamily.objects.order_by("created_at")
    assert [(each.device, each.address) for each in families] == [
        (agent, "127.0.0.1") for agent in ("curl/8", "curl/8", "python-httpx/1")
    ]
    assert AuditLine.objects.filter(action=SecurityEvent.SIGNED_IN).count() == 3
    assert Delivery.objects.filter(payload__kind="new_sign_in").count() == 1
    assert call.client.cookies == {}


def test_wrong_passwords_and_unknown_addresses_get_the_same_answer(call, person):
    given = [(EMAIL, "wrong"), ("nobody@example.org", PASSWORD)]
    answers = [call("login", email=email, password=password) for email, password in given]
    errors = [{**answer.json()["error"], "request_id": ""} for answer in answers]
    assert [code_of(answer) for answer in answers] == [(401, "not_authenticated")] * 2
    assert errors[0] == errors[1]
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="api"'


def test_tries_are_limited_for_the_address_and_the_person(call, person):
    answers = [call("login", email=EMAIL, password="wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 1 <= int(answers[5]["Retry-After"]) <= 60
    assert code_of(call("login", email=EMAIL, password=PASSWORD)) == (429, "rate_limited")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "x"}, "email"),
        ({"email": EMAIL}, "password"),
        ({"email": "not an address", "password": "x"}, "email"),
        ({"email": EMAIL, "password": "x", "remember": True}, "remember"),
        ({"email": EMAIL, "password": "x", "device": "d" * 101}, "device"),
        ({"email": EMAIL, "password": "x" * 1001}, "password"),
    ],
)
def test_each_field_is_named_that_needs_another_look(call, person, body, field):
    answer = call("login", **body)
    assert code_of(answer) == (422, "invalid_parameters")
    assert list(answer.json()["error"]["details"]) == [field]


def test_an_unconfirmed_address_is_told_to_the_person_alone(call, person, settings, links):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    person.emailaddress_set.update(verified=False)
    assert code_of(call("login", email=EMAIL, password="wrong")) == (401, "not_authenticated")
    assert code_of(call("login", email=EMAIL, password=PASSWORD)) == (403, "email_unverified")
    (link,) = links()
    assert call("verify", key=link).status_code == 200
    assert call("login", email=EMAIL, password=PASSWORD).status_code == 200


def test_an_inactive_person_gets_no_tokens(call, person):
    type(person).objects.update(is_active=False)
    assert code_of(call("login", email=EMAIL, password=PASSWORD)) == (403, "not_allowed")
    assert TokenFamily.objects.count() == 0


def test_a_sign_in_keeps_an_account_that_was_to_be_deleted(call, person):
    ask_erasure(person)
    assert call("login", email=EMAIL, password="wrong").status_code == 401
    assert pending_erasure(person) is not None
    assert call("login", email=EMAIL, password=PASSWORD).status_code == 200
    assert pending_erasure(person) is None


def test_a_signed_out_program_is_refused_from_the_next_request_on(call, signed_in):
    other = call("login", email=EMAIL, password=PASSWORD).json()
    assert call("logout", headers=bearer(signed_in)).json() == {"message": "Signed out."}
    assert call.client.get(ME, headers=bearer(signed_in)).status_code == 401
    assert code_of(call("refresh", refresh_token=signed_in["refresh_token"])) == (401, "not_authenticated")
    assert code_of(call("logout", headers=bearer(signed_in))) == (401, "not_authenticated")
    assert call.client.get(ME, headers=bearer(other)).status_code == 200


def test_a_program_whose_access_token_is_over_signs_out_by_its_refresh_token(call, signed_in):
    assert call("logout", refresh_token=signed_in["refresh_token"]).status_code == 200
    assert call.client.get(ME, headers=bearer(signed_in)).status_code == 401


def test_a_person_signs_all_programs_out(call, signed_in, cast):
    other = call("login", email=EMAIL, password=PASSWORD).json()
    assert call("logout", headers=bearer(signed_in), all=True).status_code == 200
    answers = [call.client.get(ME, headers=bearer(each)) for each in (signed_in, other)]
    assert [answer.status_code for answer in answers] == [401, 401]


def test_a_key_does_not_sign_out(call, person, key_and_secret):
    assert code_of(call("logout", headers={"X-API-Key": key_and_secret[1]})) == (401, "not_authenticated")


def test_a_browsers_session_neither_opens_nor_disturbs_the_endpoints(person, signed_in):
    browser = Client()
    browser.force_login(person)
    session = browser.cookies["sessionid"].value
    assert browser.get(ME).status_code == 401
    body = {"email": EMAIL, "password": "wrong"}
    assert browser.post("/api/v1/auth/login", body, content_type="application/json").status_code == 401
    assert browser.cookies["sessionid"].value == session
    assert browser.get("/home/").status_code == 200


def test_a_page_is_not_opened_by_a_token(call, signed_in):
    assert call.client.get("/account/", headers=bearer(signed_in)).status_code == 302


@pytest.mark.parametrize("path", ["login", "register", "verify", "refresh", "logout", "forgot-password"])
def test_other_methods_are_refused(call, path):
    answer = call.client.get(f"/api/v1/auth/{path}")
    assert (code_of(answer), answer["Allow"]) == ((405, "method_not_allowed"), "POST, OPTIONS")


def test_me_takes_three_queries(call, signed_in, django_assert_num_queries):
    """The token's family with its person, the plan, the address. The limit of requests reads the plan every 10 s."""
    assert call.client.get(ME, headers=bearer(signed_in)).status_code == 200
    with django_assert_num_queries(3):
        assert call.client.get(ME, headers=bearer(signed_in)).status_code == 200
