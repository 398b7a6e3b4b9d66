"""Each form that tries a password, a code or a link is behind the limiter, and a page says how long to wait."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLResolver, get_resolver, reverse

from accounts.web.tries import DOORS
from creator.lib import rate_limits

PASSWORD = "correct horse battery"
PAGE = {"Accept": "text/html"}
FREE = {
    "account_logout": "ends a session of one's own",
    "account_set_password": "asks for a proof first, and compares nothing",
    "google_sign_in": "leads to Google; nothing of ours is tried",
    "google_callback": "needs what Google signed for this session",
    "account_inactive": "shows a page",
    "account_reset_password_done": "shows a page",
    "account_reset_password_from_key_done": "shows a page",
    "account_proof_link": "its link is signed, and works in the session that asked for it",
    "mfa_index": "leads to another page",
    "mfa_list_webauthn": "leads to another page",
    **dict.fromkeys(
        (
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
            "mfa_download_recovery_codes",
            "mfa_add_webauthn",
            "mfa_edit_webauthn",
            "mfa_remove_webauthn",
        ),
        "asks for a proof first, and what it checks is the person's own",
    ),
}
"""Routes of sign-in where nothing can be guessed and no mail be caused, with the reason."""


def routes(resolver: URLResolver, under: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """The path and the name of every route."""
    for each in resolver.url_patterns:
        path = under + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, path, f"{namespace}{each.namespace}:" if each.namespace else namespace)
        else:
            yield path, f"{namespace}{each.name}"


def test_every_route_of_sign_in_is_a_door_or_free_for_a_reason():
    named = {name for path, name in routes(get_resolver()) if path.startswith(("accounts/", "admin/login"))}
    assert named - set(DOORS) - set(FREE) == set(), "add it to DOORS, or to FREE with the reason"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("account_login", {"login": "owner@example.org", "password": "wrong"}),
        ("account_signup", {"email": "owner@example.org", "password1": "x", "password2": "x"}),
        ("account_reset_password", {"email": "owner@example.org"}),
    ],
)
def test_a_try_too_many_shows_the_form_as_it_was_and_how_long_to_wait(client, cast, name, form):
    answers = [client.post(reverse(name), form, headers=PAGE) for _ in range(6)]
    assert [answer.status_code for answer in answers[:5]].count(429) == 0
    refused = answers[5]
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert re.search(r"This was tried too often. Wait \d+ seconds, then try again.", refused.text)
    assert 'value="owner@example.org"' in refused.text
    assert "wrong" not in refused.text
    assert client.get(reverse(name)).status_code == 200


def test_a_program_gets_the_envelope(client, cast):
    form = {"login": "owner@example.org", "password": "wrong"}
    for _ in range(6):
        answer = client.post(reverse("account_login"), form, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")


def test_a_right_password_does_not_pass_either(client, cast):
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    for password in ("wrong",) * 5 + (PASSWORD,):
        answer = client.post(
            reverse("account_login"), {"login": cast.owner.email, "password": password}, headers=PAGE
        )
    assert answer.status_code == 429
    rate_limits._counters.cache_clear()
    answer = client.post(reverse("account_login"), {"login": cast.owner.email, "password": PASSWORD})
    assert answer["Location"] == "/home/"


def test_no_password_is_hashed_for_a_refused_try(client, cast, monkeypatch):
    form = {"login": "owner@example.org", "password": "wrong"}
    for _ in range(5):
        client.post(reverse("account_login"), form)
    hashed = []
    monkeypatch.setattr("django.contrib.auth.hashers.make_password", lambda *args, **kwargs: hashed.append(1))
    monkeypatch.setattr("accounts.models.User.check_password", lambda *args: hashed.append(1))
    assert client.post(reverse("account_login"), form).status_code == 429
    assert hashed == []


def test_a_field_that_the_form_does_not_read_changes_no_count(client, cast):
    """A form reads one field; a try counts for the address in that one."""
    form = {"email": "owner@example.org"}
    for number in range(6):
        answer = client.post(
            reverse("account_reset_password"), form | {"login": f"decoy{number}@example.org"}, headers=PAGE,
            REMOTE_ADDR=f"192.0.2.{number}",
        )  # fmt: skip
    assert answer.status_code == 429


@pytest.mark.parametrize("name", ["account_change_password", "account_reauthenticate"])
def test_a_stolen_session_cannot_guess_the_password(client, cast, name):
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    client.force_login(cast.owner)
    form = {
        "oldpassword": "wrong",
        "password": "wrong",
        "password1": "a new one 42",
        "password2": "a new one 42",
    }
    statuses = [
        client.post(reverse(name), form, headers=PAGE, REMOTE_ADDR=f"192.0.2.{number}").status_code
        for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]
