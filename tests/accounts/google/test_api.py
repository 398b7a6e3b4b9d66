"""Sign-in with Google by a program on the person's machine: loopback address and PKCE of its own."""

import secrets
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.encryption import Encryption
from accounts.google import challenge_of
from tests.accounts.factors.app import App
from tests.accounts.google.conftest import at_google

HOME = "http://127.0.0.1:8765/done"
START, TOKENS = "/api/v1/auth/google", "/api/v1/auth/google/tokens"


@pytest.fixture
def linked(google, owner):
    return SocialAccount.objects.create(user=owner, provider="google", uid="1001").user


def post(client, path, body):
    return client.post(path, body, content_type="application/json")


@pytest.fixture
def way(google, client):
    """Begins as a program with `verifier` and goes to Google; returns code and state that reach the program."""

    def go(verifier):
        asked = {"redirect_uri": HOME, "code_challenge": challenge_of(verifier)}
        begun = post(client, START, asked)
        assert begun.status_code == 200, begun.content
        arrived = client.get(at_google(begun.json()["authorization_url"]))["Location"]
        assert arrived.startswith(f"{HOME}?")
        return {name: found[0] for name, found in parse_qs(urlsplit(arrived).query).items()}

    return go


def test_a_program_gets_tokens_that_open_the_api(client, linked, way):
    verifier = secrets.token_urlsafe(48)
    got = post(client, TOKENS, way(verifier) | {"code_verifier": verifier, "device": "Laptop"})
    assert got.status_code == 200, got.content
    access = got.json()["access_token"]
    assert client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {access}"}).status_code == 200


def test_another_verifier_gets_nothing(client, linked, way):
    arrived = way(secrets.token_urlsafe(48))
    assert post(client, TOKENS, arrived | {"code_verifier": secrets.token_urlsafe(48)}).status_code == 401


def test_an_answer_works_once(client, linked, way):
    verifier = secrets.token_urlsafe(48)
    body = way(verifier) | {"code_verifier": verifier}
    assert [post(client, TOKENS, body).status_code for _ in range(2)] == [200, 401]


def test_tries_are_counted_before_google_is_asked(client, linked, way):
    verifier = secrets.token_urlsafe(48)
    body = way(verifier) | {"code_verifier": verifier}
    statuses = [post(client, TOKENS, body | {"code": "made-up"}).status_code for _ in range(5)]
    assert (statuses, post(client, TOKENS, body).status_code) == ([401] * 5, 429)


@pytest.mark.parametrize(
    ("claims", "status"), [({"nonce": "x"}, 401), ({"aud": "x"}, 401), ({"email_verified": False}, 403)]
)
def test_the_token_of_google_is_checked_as_on_the_pages(client, linked, way, google, claims, status):
    google.claims = claims
    verifier = secrets.token_urlsafe(48)
    assert post(client, TOKENS, way(verifier) | {"code_verifier": verifier}).status_code == status


def test_a_google_account_that_is_linked_to_nobody_gets_nothing(client, google, way):
    verifier = secrets.token_urlsafe(48)
    answer = post(client, TOKENS, way(verifier) | {"code_verifier": verifier})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_the_second_factor_is_asked_for(client, linked, way):
    App().add(linked)
    verifier = secrets.token_urlsafe(48)
    answer = post(client, TOKENS, way(verifier) | {"code_verifier": verifier})
    assert answer.json()["error"]["code"] == "second_factor_required"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://127.0.0.1.evil.example:80/",
        "http://127.0.0.1@evil.example:80/",
        "http://127.0.0.1:80/?x=1",
        "http://127.0.0.1:80/\nSet-Cookie",
        "http://localhost:80/",
        "javascript:alert(1)",
    ],
)
def test_an_answer_goes_to_this_machine_only(client, google, address):
    body = {"redirect_uri": address, "code_challenge": challenge_of("v" * 43)}
    assert post(client, START, body).status_code == 422


@pytest.mark.parametrize("state", ["", "forged", "é"])
def test_a_state_of_others_leads_nowhere(client, google, state):
    answer = client.get("/api/v1/auth/google/callback", {"state": state, "code": "1"})
    assert answer.status_code == 401


def test_a_state_of_another_purpose_leads_nowhere(client, google):
    state = Encryption("another").encrypt("{}")
    assert client.get("/api/v1/auth/google/callback", {"state": state, "code": "1"}).status_code == 401


def test_a_state_ends(client, linked, way, monkeypatch):
    monkeypatch.setattr("accounts.api.auth.google.WITHIN_S", -1)
    verifier = secrets.token_urlsafe(48)
    begun = post(client, START, {"redirect_uri": HOME, "code_challenge": challenge_of(verifier)})
    back = at_google(begun.json()["authorization_url"])
    assert client.get(back).status_code == 401


def test_without_keys_there_is_none(client, db):
    body = {"redirect_uri": HOME, "code_challenge": challenge_of("v" * 43)}
    assert post(client, START, body).status_code == 404
