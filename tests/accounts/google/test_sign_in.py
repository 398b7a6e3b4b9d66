"""Sign-in with Google by the pages, against a real OpenID provider: who gets in, and which answers let nobody in."""

import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken

from accounts.enums import SecurityEvent
from accounts.models import User
from creator.platform.models import AuditLine
from tests.accounts.factors.app import App
from tests.accounts.google.conftest import at_google

BUTTON = "Continue with Google"


def is_signed_in(visitor) -> bool:
    return visitor.get("/home/").status_code == 200


def events(user) -> list[str]:
    return list(
        AuditLine.objects.filter(subject=f"user:{user.pk}").order_by("pk").values_list("action", flat=True)
    )


def test_without_keys_nothing_of_it_is_there(client, db):
    pages = [client.get(f"/accounts/{name}/").text for name in ("login", "signup")]
    assert [BUTTON in page for page in pages] == [False, False]
    assert client.post("/accounts/google/").status_code == 404
    assert client.get("/accounts/google/callback/?code=1&state=2").status_code == 401


def test_with_keys_sign_in_and_sign_up_offer_it(google, client):
    pages = [client.get(f"/accounts/{name}/").text for name in ("login", "signup")]
    assert [BUTTON in page for page in pages] == [True, True]


def test_a_new_person_gets_an_account_with_a_confirmed_address(google, visitor, sign_in):
    answer = sign_in()
    person = User.objects.get()
    assert (answer.status_code, answer["Location"], is_signed_in(visitor)) == (302, "/home/", True)
    assert (person.email, person.shown_email) == ("fig@example.org", "Fig@Example.org")
    assert EmailAddress.objects.get().verified
    assert not person.has_usable_password()
    assert SecurityEvent.SIGNED_UP in events(person)


def test_nothing_of_google_is_kept_but_who_it_is(google, sign_in):
    sign_in()
    account = SocialAccount.objects.get()
    assert (account.uid, account.extra_data) == (
        "1001",
        {"sub": "1001", "email": "Fig@Example.org", "email_verified": True},
    )
    assert not SocialToken.objects.exists()


def test_the_question_has_pkce_state_and_nonce_and_asks_for_little(google, client):
    asked = parse_qs(urlsplit(client.post("/accounts/google/")["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid email"]
    assert len({asked[name][0] for name in ("state", "nonce", "code_challenge")}) == 3


def test_signing_in_again_finds_the_account_even_with_a_new_address(google, visitor, sign_in):
    sign_in()
    visitor.post("/accounts/logout/")
    google.person["email"] = "other@example.org"
    sign_in()
    assert (User.objects.count(), is_signed_in(visitor)) == (1, True)


def test_people_come_back_to_the_page_they_wanted_and_to_no_other_site(google, visitor, sign_in):
    assert sign_in(form={"next": "/jobs/"})["Location"] == "/jobs/"
    visitor.post("/accounts/logout/")
    assert sign_in(form={"next": "https://evil.example/"})["Location"] == "/home/"


def test_the_second_factor_is_still_asked_for(google, visitor, sign_in):
    sign_in()
    visitor.post("/accounts/logout/")
    app = App()
    app.add(User.objects.get())
    assert sign_in()["Location"] == "/accounts/factors/authenticate/"
    assert not is_signed_in(visitor)
    visitor.post("/accounts/factors/authenticate/", {"code": app.code()})
    assert is_signed_in(visitor)


WRONG_CLAIMS = {
    "issuer": {"iss": "https://accounts.evil.example"},
    "audience": {"aud": "another client"},
    "audiences": {"aud": ["another client", "creator.apps.example"]},
    "expired": {"exp": int(time.time()) - 600},
    "no expiry": {"exp": None},
    "from the future": {"iat": int(time.time()) + 6000},
    "nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("claims", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_a_token_with_a_wrong_claim_lets_nobody_in(google, visitor, sign_in, claims):
    google.claims = claims
    assert sign_in().status_code == 401
    assert (is_signed_in(visitor), User.objects.count()) == (False, 0)


@pytest.mark.parametrize("fault", ["unsigned", "symmetric", "forged"])
def test_a_token_that_google_did_not_sign_lets_nobody_in(google, visitor, sign_in, fault):
    google.fault = fault
    assert sign_in().status_code == 401
    assert (is_signed_in(visitor), User.objects.count()) == (False, 0)


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_google_has_not_verified_lets_nobody_in(google, visitor, sign_in, verified):
    google.person["email_verified"] = verified
    answer = sign_in()
    assert (answer.status_code, User.objects.count()) == (403, 0)
    assert "has not verified the email address" in answer.text


def test_a_key_that_google_changed_is_read_anew(google, visitor, sign_in):
    from cryptography.hazmat.primitives.asymmetric import rsa

    sign_in()
    visitor.post("/accounts/logout/")
    google.key = rsa.generate_private_key(65537, 2048)
    assert sign_in().status_code == 401  # the same name of the key: Google gives a new key a new name
    assert not is_signed_in(visitor)


def test_another_state_or_none_lets_nobody_in(google, visitor, sign_in):
    assert sign_in(change=lambda back: back.partition("&state=")[0]).status_code == 401
    assert sign_in(change=lambda back: back + "x").status_code == 401
    assert User.objects.count() == 0


def test_the_answer_to_another_browser_lets_nobody_in(google, client, sign_in):
    """An attacker cannot make someone else's browser sign in to the attacker's account."""
    from django.test import Client

    back = at_google(client.post("/accounts/google/")["Location"])
    victim = Client()
    assert victim.get(back).status_code == 401
    assert not is_signed_in(victim)


def test_an_answer_works_once(google, visitor, sign_in):
    seen = []
    sign_in(change=lambda back: seen.append(back) or back)
    visitor.post("/accounts/logout/")
    assert visitor.get(seen[0]).status_code == 401
    assert not is_signed_in(visitor)


def test_a_person_who_does_not_agree_comes_back_to_sign_in(google, visitor, sign_in):
    google.fault = "denied"
    assert sign_in()["Location"] == "/accounts/login/"
    assert "Nothing has changed" in visitor.get("/accounts/login/").text


@pytest.mark.parametrize("fault", ["down", "nonsense"])
def test_without_google_the_page_says_so(google, client, fault):
    google.fault = fault
    answer = client.post("/accounts/google/")
    assert (answer.status_code, "Google does not answer" in answer.text) == (503, True)


def test_google_that_goes_away_on_the_way_back_is_said_too(google, visitor, sign_in):
    def go_away(back):
        google.fault = "down"
        return back

    answer = sign_in(change=go_away)
    assert (answer.status_code, "Google does not answer" in answer.text) == (503, True)


def test_a_silent_google_is_not_waited_for(google, client, settings, monkeypatch):
    import socket

    monkeypatch.setattr("accounts.google.provider.GOOGLE_REPLY_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings.CONFIG = replace(settings.CONFIG, google_issuer=address)
        assert client.post("/accounts/google/").status_code == 503


class TestAnAddressThatHasAnAccount:
    """Whoever signed up with an address first need not own it; whoever has it at Google need not own the account."""

    @pytest.mark.parametrize("verified", [True, False])
    def test_google_alone_does_not_open_it(self, google, visitor, sign_in, owner, verified):
        EmailAddress.objects.update(verified=verified)
        google.person["email"] = "Owner@Example.org"
        answer = sign_in()
        assert (answer.status_code, is_signed_in(visitor)) == (403, False)
        assert "Sign in to it with its password" in answer.text
        assert not SocialAccount.objects.exists()


class TestWhoMaySignUp:
    @pytest.mark.parametrize(
        ("mode", "domains", "status"),
        [("closed", (), 403), ("invited", (), 403), ("invited", ("example.org",), 302)],
    )
    def test_the_modes_count_for_google_too(self, google, sign_in, settings, mode, domains, status):
        settings.CONFIG = replace(settings.CONFIG, sign_up=mode, sign_up_domains=domains)
        assert sign_in().status_code == status
        assert User.objects.exists() == (status == 302)
