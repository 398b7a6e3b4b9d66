"""A person connects and disconnects their Google Drive by pages, with a Google that answers over HTTP."""

import logging
import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from drive.connections import disconnect
from drive.enums import Trouble
from drive.google_fake import Consent
from drive.models import Connection, WatchedFolder
from drive.opening import SECRETS
from drive.sources.google.oauth import READ, WRITE
from drive.web import google as page
from tests.creator.roles.askers import _browser
from tests.drive.google.conftest import ANN
from tests.drive.google.test_connections import stored_text
from tests.jobs.web.test_pages import check_document

CONNECT, CALLBACK = "/drive/google/connect/", "/drive/google/callback/"


@pytest.fixture
def browser(google, cast) -> Client:
    cast.owner.set_password("plum-orbit-lantern-93")
    cast.owner.save()
    return _browser(cast.owner)


def words_of(answer) -> str:
    check_document(answer.text)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def at_google(browser: Client, path: str = CONNECT) -> str:
    """Begins, and lets the person answer Google. Returns the address to which Google then sends their browser."""
    left = browser.post(path)
    assert left.status_code == 302
    came = httpx2.get(left["Location"], trust_env=False)
    return came.headers["Location"].removeprefix("http://testserver")


def come_back(browser: Client, address: str):
    """Follows Google's redirect, and ours after it, which must be another page that tells no other site."""
    answer = browser.get(address)
    assert answer.status_code == 302
    assert "code=" not in answer["Location"]
    assert answer["Referrer-Policy"] == "no-referrer"
    return browser.get(answer["Location"], follow=True)


def test_the_access_is_explained_and_given_and_leads_to_a_folder(google, browser):
    assert "Connect Google Drive" in words_of(browser.get("/drive/"))
    explained = words_of(browser.get(CONNECT))
    assert "See and download all your files" in explained
    assert "can never change, move or delete a file of yours" in explained
    answer = come_back(browser, at_google(browser))
    made = Connection.objects.get()
    assert answer.redirect_chain == []
    assert answer.request["PATH_INFO"] == f"/drive/{made.pk}/new/"
    assert f"Google Drive of {ANN} is connected." in words_of(answer)
    assert "Which folder do you want to watch?" in words_of(answer)


def test_where_only_picked_files_are_seen_the_page_says_so_and_less_is_asked(google, browser, settings):
    settings.CONFIG = replace(settings.CONFIG, google_drive="picked")
    explained = words_of(browser.get(CONNECT))
    assert "See and download" not in explained
    assert "does not see photos that are added to a folder" in explained
    asked = parse_qs(urlsplit(browser.post(CONNECT)["Location"]).query)
    assert asked["scope"] == [WRITE]
    come_back(browser, at_google(browser))
    assert Connection.objects.get().scopes == WRITE
    assert "we cannot see files in this folder" in words_of(
        browser.get(f"/drive/{Connection.objects.get().pk}/new/")
    )


@pytest.mark.parametrize(
    ("consent", "says"),
    [
        (Consent(is_denied=True), page.DENIED),
        (Consent(scopes=frozenset({READ})), "everything that its page lists has to be ticked"),
        (Consent(scopes=frozenset({WRITE})), "everything that its page lists has to be ticked"),
    ],
    ids=["denied", "may not write", "may not read"],
)
def test_who_gives_nothing_or_too_little_is_told_and_nothing_is_kept(google, browser, consent, says):
    google.server.consent = consent
    assert says in words_of(come_back(browser, at_google(browser)))
    assert not Connection.objects.exists()


def test_an_answer_counts_once_in_its_browser_and_for_a_while(google, browser, cast, monkeypatch):
    address = at_google(browser)
    wrong = re.sub(r"state=[^&]+", "state=made-up", address)
    for forged in (
        wrong,
        re.sub(r"state=[^&]+&?", "", address),
        CALLBACK,
        wrong.replace("made-up", "\u00e9"),
    ):
        assert page.UNKNOWN in words_of(come_back(browser, forged))
    assert page.UNKNOWN in words_of(come_back(_browser(cast.other), address))
    assert not Connection.objects.exists()
    assert "is connected" in words_of(come_back(browser, address))
    assert page.UNKNOWN in words_of(come_back(browser, address))
    late = at_google(browser)
    monkeypatch.setattr(page, "LASTS_S", 0)
    assert page.UNKNOWN in words_of(come_back(browser, late))
    assert Connection.objects.count() == 1


def test_a_code_that_google_does_not_take_connects_nothing(google, browser):
    address = re.sub(r"code=[^&]+", "code=made-up", at_google(browser))
    assert "Google did not confirm this." in words_of(come_back(browser, address))
    assert not Connection.objects.exists()


def test_while_google_is_away_it_says_so(google, browser, monkeypatch):
    monkeypatch.setattr("drive.sources.google.exchange.PATIENCE_S", 0)
    address = at_google(browser)
    google.server.stop()
    assert "Google does not answer at present." in words_of(come_back(browser, address))
    assert not Connection.objects.exists()


def test_who_was_signed_out_meanwhile_does_not_carry_the_code_along(google, browser):
    address = at_google(browser)
    browser.logout()
    answer = browser.get(address)
    assert answer["Location"] == f"/accounts/login/?next={CONNECT}"
    assert page.SIGNED_OUT in words_of(browser.get(answer["Location"]))
    assert not Connection.objects.exists()


@pytest.mark.parametrize("fields", [{"trouble": Trouble.ACCESS_LOST}, None], ids=["lost", "disconnected"])
def test_a_connection_is_made_again_and_its_folders_go_on(google, browser, cast, connect, presets, fields):
    connection = connect(cast.owner)
    WatchedFolder.objects.create(
        connection=connection,
        owner=cast.owner,
        input_id=google.inbox,
        input_name="inbox",
        output_id=google.outbox,
        output_name="outbox",
        preset=presets["cinematic"].preset,
    )
    if fields is None:
        disconnect(connection)
    Connection.objects.update(**(fields or {}))
    (path,) = re.findall(rf'href="({CONNECT}\?again=[^"]+)"', browser.get("/drive/").text)
    assert f"Choose {ANN} on Google's page" in words_of(browser.get(path))
    assert parse_qs(urlsplit(browser.post(path)["Location"]).query)["login_hint"] == [ANN]
    answer = come_back(browser, at_google(browser, path))
    assert (answer.request["PATH_INFO"], Connection.objects.count()) == ("/drive/", 1)
    assert "Watching" in words_of(answer)
    assert _browser(cast.other).get(path).status_code == 404
    assert browser.get(f"{CONNECT}?again=none").status_code == 404


def test_only_who_has_it_in_the_plan_is_led_to_google(google, cast):
    cast.stranger.set_password("plum-orbit-lantern-93")
    cast.stranger.save()
    browser = _browser(cast.stranger)
    for ask in (browser.get, browser.post):
        answer = ask(CONNECT)
        assert (answer.status_code, "Not in your plan" in answer.text) == (403, True)


def test_disconnecting_is_asked_first_and_ends_the_access(google, browser, cast, connect):
    connection = connect(cast.owner)
    path = f"/drive/{connection.pk}/disconnect/"
    asked = words_of(browser.get(path))
    assert f"Disconnect {ANN}?" in asked
    assert "stay known here" in asked
    assert Connection.objects.get().is_open
    assert "Its access is ended and forgotten." in words_of(browser.post(path, follow=True))
    assert not Connection.objects.get().access
    assert [browser.get(path).status_code, browser.post(path).status_code] == [404, 404]


def test_who_disconnects_while_google_is_away_is_told_what_to_do_there(
    google, browser, cast, connect, monkeypatch
):
    monkeypatch.setattr("drive.sources.google.exchange.PATIENCE_S", 0)
    connection = connect(cast.owner)
    google.server.stop()
    said = words_of(browser.post(f"/drive/{connection.pk}/disconnect/", follow=True))
    assert "https://myaccount.google.com/connections" in said
    assert not Connection.objects.get().access


def test_nothing_that_lets_somebody_in_is_logged_or_stored_in_clear(google, browser, caplog, capsys):
    for name in ("drive", "creator", "accounts", "django"):
        caplog.set_level(logging.DEBUG, logger=name)
    address = at_google(browser)
    kept = browser.session[page.KEPT]
    come_back(browser, address)
    refresh = SECRETS.decrypt(Connection.objects.get().access)
    codes = parse_qs(urlsplit(address).query)["code"]
    secrets = {refresh, *kept[:2], *codes, *google.server.oauth._access}
    assert len(secrets) >= 5
    printed = capsys.readouterr()
    sessions = [repr(each.get_decoded()) for each in Session.objects.all()]
    everything = "\n".join([stored_text(), caplog.text, printed.out, printed.err, *sessions])
    assert [each for each in secrets if each in everything] == []
    assert "/drive/google/callback/" in printed.out + printed.err + caplog.text


def test_forms_may_lead_to_the_google_that_is_configured(settings):
    read = replace(settings.CONFIG, google_drive="read")
    assert (settings.CONFIG.google_drive_pages, read.google_drive_pages) == (
        (),
        ("https://accounts.google.com",),
    )
    assert replace(read, google_drive_url="http://127.0.0.1:1").google_drive_pages == ("http://127.0.0.1:1",)
