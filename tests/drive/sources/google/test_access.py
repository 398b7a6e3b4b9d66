"""Tokens: their renewal, their end, and what nobody may see of them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from drive.google_fake.oauth import LIFETIME_S
from drive.sources.base import AccessLost
from drive.sources.google.oauth import Grant, authorization_url, exchange_code, revoke
from tests.drive.sources.google.conftest import ANN, BACK, Place


def test_a_token_that_ended_early_is_renewed_within_the_call(place: Place) -> None:
    place.source.look([place.folder], None)
    place.world.advance(LIFETIME_S)
    place.put("a.png")
    assert [file.name for file in place.source.look([place.folder], None).files] == ["a.png"]


def test_a_revoked_access_is_lost(place: Place) -> None:
    place.source.look([place.folder], None)
    revoke(place.exchange, place.app, token=place.refresh_token)
    with pytest.raises(AccessLost):
        place.source.look([place.folder], None)
    revoke(place.exchange, place.app, token=place.refresh_token)


def test_scopes_that_were_not_granted_are_not_there(place: Place) -> None:
    code = place.server.oauth.approve(ANN, frozenset({"openid"}), redirect_uri=BACK)
    grant = exchange_code(place.exchange, place.app, code=code, redirect_uri=BACK, verifier="")
    assert grant.scopes == {"openid"}


def test_the_question_asks_for_a_refresh_token_and_proves_who_asked(place: Place) -> None:
    url = authorization_url(place.app, redirect_uri=BACK, state="s", verifier="v" * 43)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    challenge = asked["code_challenge"]
    code = place.server.oauth.approve(ANN, frozenset(), challenge=challenge, redirect_uri=BACK)
    exchange_code(place.exchange, place.app, code=code, redirect_uri=BACK, verifier="v" * 43)
    named = ("access_type", "prompt", "include_granted_scopes", "code_challenge_method", "state")
    assert [asked[name] for name in named] == ["offline", "consent", "false", "S256", "s"]


def test_no_token_shows_in_a_repr(place: Place) -> None:
    place.source.look([place.folder], None)
    grant = Grant("hidden-access", 60, frozenset(), "hidden-refresh")
    shown = f"{grant!r} {place.app!r} {place.tokens!r}"
    assert "hidden" not in shown
    assert "secret=" not in shown
    assert place.refresh_token not in shown
