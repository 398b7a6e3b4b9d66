"""Who acts: found from a session or a key, and no longer once that has ended."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.api_keys import make_api_key, revoke_api_key
from accounts.enums import Means, Scope
from accounts.models import ApiKey
from accounts.principals import find_by_secret, find_by_session, still_working, still_works
from accounts.signals import access_ended


def open_session(user):
    browser = Client()
    browser.force_login(user)
    return import_module(settings.SESSION_ENGINE).SessionStore(browser.cookies["sessionid"].value)


@pytest.fixture
def by_session(cast):
    return find_by_session(open_session(cast.owner))


@pytest.fixture
def by_key(key_and_secret):
    return find_by_secret(key_and_secret[1])


def set_password(user) -> None:
    user.set_password("another one")
    user.save(update_fields=["password"])


def test_a_session_and_a_key_name_their_person(by_session, by_key, cast):
    assert [(each.user, each.means) for each in (by_session, by_key)] == [
        (cast.owner, Means.SESSION),
        (cast.owner, Means.KEY),
    ]
    assert by_session.scopes == frozenset(Scope)
    assert by_session.credential not in repr(by_session)


def test_many_are_asked_for_in_four_queries(by_session, by_key, cast, django_assert_num_queries):
    others = [find_by_session(open_session(user)) for user in (cast.other, cast.staff)]
    others.append(find_by_secret(make_api_key(owner=cast.other, name="test")[1]))
    with django_assert_num_queries(4):
        assert still_working([by_session, by_key, *others]) == dict.fromkeys(
            [by_session, by_key, *others], True
        )


ENDS = {
    "session gone": (lambda user: Session.objects.all().delete(), {"key"}),
    "session over": (
        lambda user: Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1)),
        {"key"},
    ),
    "password": (set_password, {"key"}),
    "key revoked": (lambda user: revoke_api_key(key=ApiKey.objects.get()), {"session"}),
    "key over": (
        lambda user: ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        {"session"},
    ),
    "deactivated": (lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False), set()),
    "deleted": (lambda user: user.delete(), set()),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_works_no_more(by_session, by_key, cast, end):
    act, left = ENDS[end]
    act(cast.owner)
    found = {"session": still_works(by_session), "key": still_works(by_key)}
    assert found == {name: name in left for name in found}


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_session_and_of_a_key_is_told_after_the_commit(cast):
    told = []

    def hear(means, credential, **_):
        told.append((means, credential))

    browser = Client()
    browser.force_login(cast.owner)
    session_key = browser.cookies["sessionid"].value
    key, _ = make_api_key(owner=cast.owner, name="test")
    access_ended.connect(hear)
    try:
        browser.logout()
        revoke_api_key(key=key)
        revoke_api_key(key=key)
    finally:
        access_ended.disconnect(hear)
    assert told == [(Means.SESSION, session_key), (Means.KEY, str(key.pk))]
