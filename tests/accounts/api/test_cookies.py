"""A browser may have its tokens as cookies that no script reads; then each change needs Django's CSRF token."""

import pytest
from django.test import Client

from accounts.models import TokenFamily
from tests.accounts.api.conftest import EMAIL, PASSWORD, code_of

ME, JOBS = "/api/v1/auth/me", "/api/v1/jobs"
SITE = "http://testserver"


@pytest.fixture
def web(call, person):
    """Signed in with cookies. `web.csrf` is the token for its changes."""
    answer = call("login", email=EMAIL, password=PASSWORD, cookies=True)
    assert answer.status_code == 200
    call.client.csrf = {"X-CSRFToken": answer.json()["csrf_token"]}
    call.client.answer = answer
    return call.client


def test_the_tokens_are_in_cookies_and_not_in_the_body(web):
    assert web.answer.json().keys() == {"csrf_token", "expires_in", "refresh_expires_at"}
    kept = {name: web.cookies[name] for name in ("access_token", "refresh_token")}
    for name, cookie in kept.items():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
            True,
            "Lax",
            "/",
            "",
        )
        assert cookie.value not in web.answer.text, name
    assert [int(cookie["max-age"]) for cookie in kept.values()] == [300, 30 * 24 * 3600]


def test_over_https_no_other_host_can_set_them(call, person, settings):
    settings.SESSION_COOKIE_SECURE = True
    call("login", email=EMAIL, password=PASSWORD, cookies=True)
    for name in ("__Host-access_token", "__Host-refresh_token"):
        cookie = call.client.cookies[name]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_the_browser_reads_with_its_cookie(web):
    assert web.get(ME).json()["means"] == "token"


CHANGES = ["logout", "refresh"]


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_needs_the_csrf_token(web, call, path):
    assert code_of(call(path)) == (403, "not_allowed")
    assert code_of(call(path, headers={"X-CSRFToken": "x" * 32})) == (403, "not_allowed")
    foreign = web.csrf | {"Origin": "https://evil.example"}
    assert code_of(call(path, headers=foreign)) == (403, "not_allowed")
    assert web.get(ME).status_code == 200
    assert call(path, headers=web.csrf | {"Origin": SITE}).status_code == 200


def test_so_does_a_change_of_anything_else(web):
    statuses = [
        web.post(JOBS, {"preset": "none"}, content_type="application/json", headers=headers).status_code
        for headers in ({}, web.csrf)
    ]
    assert statuses == [403, 409]


def test_a_form_of_another_site_reaches_nothing(web):
    answers = [web.post(f"/api/v1/auth/{path}", {"all": "true"}) for path in CHANGES]
    assert [answer.status_code for answer in answers] == [415, 415]
    assert web.get(ME).status_code == 200


def test_a_refresh_replaces_the_cookies(web, call):
    before = {name: web.cookies[name].value for name in ("access_token", "refresh_token")}
    answer = call("refresh", headers=web.csrf)
    assert answer.json().keys() == {"csrf_token", "expires_in", "refresh_expires_at"}
    assert web.cookies["refresh_token"].value != before["refresh_token"]
    assert web.get(ME).status_code == 200


def test_signing_out_drops_them(web, call):
    access = web.cookies["access_token"].value
    assert call("logout", headers=web.csrf).status_code == 200
    assert [web.cookies[name].value for name in ("access_token", "refresh_token")] == ["", ""]
    assert Client(headers={"Cookie": f"access_token={access}"}).get(ME).status_code == 401
    assert TokenFamily.objects.get().ended_by == "signed_out"


def test_headers_count_and_not_the_cookies_beside_them(web):
    assert web.get(ME, headers={"X-API-Key": "creator_x"}).status_code == 401


def test_a_key_in_the_cookie_is_none(key_and_secret):
    assert Client(headers={"Cookie": f"access_token={key_and_secret[1]}"}).get(ME).status_code == 401


def test_cookies_open_no_page(web):
    assert web.get("/account/").status_code == 302
