"""The page of the fake Google where a person confirms."""

import base64
import hashlib
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from drive.google_fake import Consent, Server
from drive.google_fake.api import OPENED, READ
from tests.drive.google_fake.conftest import ANN

BACK = "https://creator.example/back?from=google"
VERIFIER = "v" * 43
ASKED = {
    "client_id": "app",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": f"{READ} {OPENED}",
    "state": "s t",
    "access_type": "offline",
    "prompt": "consent",
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .rstrip(b"=")
    .decode(),
    "code_challenge_method": "S256",
}


def _brought_back(server: Server, **more: str) -> dict[str, str]:
    answer = httpx.get(f"{server.url}/o/oauth2/v2/auth", params={**ASKED, **more})
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def _redeem(server: Server, code: str, verifier: str = VERIFIER, secret: str = "") -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": BACK}
    return httpx.post(f"{server.url}/token", data={**form, "client_id": "app", "client_secret": secret})


def test_a_person_confirms_and_only_who_asked_gets_tokens(server: Server) -> None:
    came = [_brought_back(server) for _ in range(2)]
    assert (came[0]["state"], came[0]["from"]) == ("s t", "google")
    assert _redeem(server, came[0]["code"], "w" * 43).json() == {"error": "invalid_grant"}
    assert set(_redeem(server, came[1]["code"]).json()) >= {"access_token", "refresh_token"}


def test_a_person_may_refuse_or_untick(server: Server) -> None:
    server.consent = Consent(ANN, is_denied=True)
    assert _brought_back(server) == {"from": "google", "error": "access_denied", "state": "s t"}
    server.consent = Consent(ANN, scopes=frozenset({OPENED}))
    came = _brought_back(server)
    assert came["scope"] == OPENED
    assert _redeem(server, came["code"]).json()["scope"] == OPENED


@pytest.mark.parametrize("missing", [{"access_type": "online"}, {"prompt": "none"}])
def test_a_refresh_token_comes_only_where_it_was_asked_for(server: Server, missing: dict[str, str]) -> None:
    _brought_back(server)
    assert "refresh_token" not in _redeem(server, _brought_back(server, **missing)["code"]).json()


def test_unknown_apps_and_broken_questions_are_refused(server: Server) -> None:
    server.oauth.clients["app"] = "hidden"
    code = _brought_back(server)["code"]
    assert _redeem(server, code, secret="guessed").status_code == 401
    assert _redeem(server, code, secret="hidden").status_code == 200
    for wrong in ({"client_id": "other"}, {"response_type": "token"}, {"code_challenge_method": "plain"}):
        answer = httpx.get(f"{server.url}/o/oauth2/v2/auth", params=ASKED | wrong)
        assert answer.status_code in (400, 401)
