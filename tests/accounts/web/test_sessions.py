"""The page of sessions: what it lists, what it ends, and what follows from an end."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit import lines_of
from accounts.sessions import end_sessions, list_sessions
from accounts.tokens import issue, list_families
from accounts.web import session_use
from creator.platform.pruning import prune

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
ENGINES = ["django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db"]


@pytest.fixture(params=ENGINES, ids=["db", "cached_db"])
def engine(settings, request):
    settings.SESSION_ENGINE = request.param


@pytest.fixture
def sign_in_with(cast, engine):
    """`sign_in_with(user agent, address)` is a browser in which the owner is signed in and looked at a page."""

    def come(agent: str, address: str) -> Client:
        client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
        client.force_login(cast.owner)
        assert is_signed_in(client)
        return client

    return come


def is_signed_in(client: Client) -> bool:
    return client.get("/home/").status_code == 200


def listed(client: Client) -> str:
    return client.get(reverse("account_sessions")).text


def key_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=key_of(client))


@pytest.fixture
def two(sign_in_with) -> tuple[Client, Client]:
    return sign_in_with(CHROME, "192.0.2.1"), sign_in_with(FIREFOX, "2001:db8::7")


def test_each_browser_is_listed_with_its_device_and_place(two, cast):
    here, _ = two
    page = listed(here)
    assert "Chrome on Windows" in page
    assert "Firefox on Linux" in page
    assert "192.0.2.1 · now" in page
    assert "2001:db8::7 · last used" in page
    assert page.count("This browser") == 1
    assert not any(key_of(client) in page for client in two)


def test_an_ended_session_is_refused_at_once(two, cast):
    here, there = two
    here.post(reverse("account_session_end", args=[row_of(there).pk]))
    assert (is_signed_in(there), is_signed_in(here)) == (False, True)
    assert "Firefox" not in listed(here)
    (line,) = lines_of(cast.owner)
    assert (line.action, line.details["device"]) == ("session_ended", "Firefox on Linux")


def test_all_others_are_ended_together_with_programs(two, sign_in_with, cast):
    here, there = two
    sign_in_with(FIREFOX, "192.0.2.3")
    issue(cast.owner, device="a script", address="192.0.2.9")
    assert "a script" in listed(here)
    assert "3 others signed out" in here.post(reverse("account_sessions_end"), follow=True).text
    assert (is_signed_in(there), is_signed_in(here), list_families(cast.owner)) == (False, True, [])


def test_a_program_is_ended(two, cast):
    here, _ = two
    issue(cast.owner, device="a script", address="192.0.2.9")
    (family,) = list_families(cast.owner)
    here.post(reverse("account_program_end", args=[family.pk]))
    assert list_families(cast.owner) == []


def test_nobody_ends_what_is_another_s(two, cast):
    _, there = two
    issue(cast.owner, device="a script", address="192.0.2.9")
    stranger = Client()
    stranger.force_login(cast.other)
    stranger.post(reverse("account_session_end", args=[row_of(there).pk]))
    stranger.post(reverse("account_program_end", args=[list_families(cast.owner)[0].pk]))
    stranger.post(reverse("account_sessions_end"))
    assert is_signed_in(there)
    assert len(list_families(cast.owner)) == 1
    assert "Firefox" not in listed(stranger)


def change_password(user):
    user.set_password("another password of words")
    user.save()


ENDS = {
    "signed out": lambda client, user: client.logout(),
    "expired": lambda client, user: Session.objects.filter(session_key=key_of(client)).update(expire_date="2020-01-01T00:00Z"),
    "deleted": lambda client, user: Session.objects.filter(session_key=key_of(client)).delete(),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_what_ended_elsewhere_is_not_listed(two, cast, end):
    here, there = two
    ENDS[end](there, cast.owner)
    page = listed(here)
    assert ("Chrome" in page, "Firefox" in page) == (True, False)


def test_other_sessions_are_not_listed_after_the_password_changed(two, sign_in_with, cast):
    change_password(cast.owner)
    third = sign_in_with(CHROME, "192.0.2.5")
    assert len(list_sessions(cast.owner, current=key_of(third))) == 1


def test_the_list_survives_the_loss_of_the_cache(two):
    here, there = two
    cache.clear()
    page = listed(here)
    assert ("Chrome" in page, "Firefox" in page) == (True, True)
    assert is_signed_in(there)


def test_a_session_that_only_the_cache_knows_ends_within_a_minute(two, cast):
    _, there = two
    Session.objects.filter(session_key=key_of(there)).delete()
    session_use._noted.clear()  # as a minute later
    is_signed_in(there)
    assert not is_signed_in(there)


def test_use_is_written_once_a_minute(two):
    here, _ = two
    long_ago = timezone.now() - timedelta(minutes=5)
    UserSession.objects.update(last_seen_at=long_ago)
    here.get("/home/", REMOTE_ADDR="192.0.2.77")
    assert row_of(here).last_seen_at == long_ago  # noted less than a minute ago
    session_use._noted.clear()
    here.get("/home/", REMOTE_ADDR="192.0.2.77")
    first = row_of(here)
    assert (first.last_seen_at > long_ago, first.ip) == (True, "192.0.2.77")
    session_use._noted.clear()  # as in another process
    here.get("/home/", REMOTE_ADDR="192.0.2.78")
    assert row_of(here).last_seen_at == first.last_seen_at


def test_all_sessions_of_a_person_are_ended(two, cast):
    assert end_sessions(cast.owner) == 2
    assert [is_signed_in(client) for client in two] == [False, False]


@pytest.mark.parametrize("name", ["account_sessions_end", "account_session_end", "account_program_end"])
def test_strangers_are_sent_to_sign_in(client, db, name):
    arguments = {"account_session_end": [1], "account_program_end": ["00000000-0000-4000-8000-000000000000"]}
    answer = client.post(reverse(name, args=arguments.get(name)))
    assert answer.url.startswith(reverse("account_login"))


def test_no_address_stays_of_a_session_that_is_gone(two):
    gone, going_on = two
    Session.objects.filter(session_key=key_of(gone)).delete()
    assert prune()["rows_of_ended_sessions"] == 1
    assert UserSession.objects.get() == row_of(going_on)
