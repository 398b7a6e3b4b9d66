"""The page of API keys: made and shown once, listed, revoked."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.api_keys import find_by_key, make_api_key, revoke_api_key
from accounts.enums import Scope
from accounts.models import ApiKey
from billing.models import Plan
from creator.platform.models import AuditLine, Delivery

PAGE, NEW = "/account/keys/", "/account/keys/new/"
PASSWORD = "a long enough sentence"
WHOLE = re.compile(r"creator_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}")
ASKED = {"name": "nightly import", "scopes": ["jobs:read", "account:read"], "lasting": "30", "day": ""}


def signed_in(client, user):
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)
    return client


@pytest.fixture
def owner(client, cast):
    """The browser of a person who just proved who they are."""
    signed_in(client, cast.owner).post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_a_person_without_keys_is_told_so_and_may_make_one(owner):
    html = owner.get(PAGE).text
    assert ("You have no keys yet" in html, f'href="{NEW}"' in html) == (True, True)
    html = owner.get(NEW).text
    for scope in Scope:
        assert f"<code>{scope}</code>" in html


def test_a_new_key_is_shown_in_the_answer_and_nowhere_again(owner, cast):
    answer = owner.post(NEW, ASKED)
    (secret,) = set(WHOLE.findall(answer.text))
    key = find_by_key(secret)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert (key.owner, key.name, key.scopes) == (cast.owner, "nightly import", ["jobs:read", "account:read"])
    assert (key.made_by, key.last_used_at) == ("page", None)
    assert abs(key.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert WHOLE.search(owner.get(PAGE).text) is None


def test_the_key_itself_is_in_no_row_no_cookie_and_no_log(owner, cast, caplog):
    caplog.set_level(logging.DEBUG)
    (secret,) = set(WHOLE.findall(owner.post(NEW, ASKED).text))
    rows = [
        *(session.get_decoded() for session in Session.objects.all()),
        *AuditLine.objects.values(),
        *Delivery.objects.values(),
        *ApiKey.objects.values(),
    ]
    assert "api_key_made" in caplog.text
    assert secret[17:40] not in f"{rows} {owner.cookies} {caplog.text}"


def test_the_line_to_try_works(owner):
    html = owner.post(NEW, ASKED).text
    line = re.search(r"curl -H &quot;X-API-Key: (\S+)&quot; http://testserver(/\S+)<", html) or re.search(
        r'curl -H "X-API-Key: (\S+)" http://testserver(/\S+)<', html
    )
    answer = Client(headers={"X-API-Key": line[1]}).get(line[2])
    assert answer.status_code == 200


def test_a_key_can_end_with_a_day_or_never(owner):
    owner.post(NEW, ASKED | {"lasting": "day", "day": "2031-03-01"})
    owner.post(NEW, ASKED | {"lasting": "never", "day": "2031-03-01"})
    assert {key.expires_at for key in ApiKey.objects.all()} == {
        datetime(2031, 3, 1, 23, 59, 59, 999999, tzinfo=UTC),
        None,
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"scopes": []}, "Choose at least one"),
        ({"scopes": ["everything"]}, "everything is not one of the available choices"),
        ({"lasting": "day", "day": ""}, "Choose the day"),
        ({"lasting": "day", "day": "2001-01-01"}, "expires in the future"),
        ({"lasting": "day", "day": "9999-12-31"}, "within 3,650 days"),
        ({"lasting": "day", "day": "nonsense"}, "Enter a valid date"),
        ({"lasting": "5"}, "not one of the available choices"),
    ],
)
def test_a_mistake_is_named_beside_its_field_and_nothing_is_lost(owner, change, said):
    answer = owner.post(NEW, ASKED | change)
    assert (answer.status_code, said in answer.text) == (200, True)
    assert not ApiKey.objects.exists()
    if "name" not in change:
        assert 'value="nightly import"' in answer.text


def test_a_key_is_revoked_after_a_question(owner, cast):
    key, secret = make_api_key(owner=cast.owner, name="my script")
    address = f"{PAGE}{key.pk}/revoke/"
    assert "Revoke my script?" in owner.get(address).text
    assert find_by_key(secret) == key
    answer = owner.post(address, follow=True)
    assert (answer.redirect_chain, "my script is revoked" in answer.text) == ([(PAGE, 302)], True)
    assert find_by_key(secret) is None
    assert "There is nothing to revoke" in owner.get(address).text


def test_the_list_tells_the_state_of_each_key_and_offers_to_revoke_what_works(owner, cast):
    used, _ = make_api_key(owner=cast.owner, name="used")
    ApiKey.objects.filter(pk=used.pk).update(last_used_at=timezone.now(), last_used_from="192.0.2.7")
    expired, _ = make_api_key(owner=cast.owner, name="expired")
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked, _ = make_api_key(owner=cast.owner, name="revoked")
    revoke_api_key(key=revoked)
    html = owner.get(PAGE).text
    assert html.count("/revoke/") == 1
    assert all(
        said in html for said in ("Revoked", "Expired", "from 192.0.2.7", "never used", "Does not expire")
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_persons_key_is_not_there(owner, cast, method):
    key, secret = make_api_key(owner=cast.other, name="theirs")
    assert getattr(owner, method)(f"{PAGE}{key.pk}/revoke/").status_code == 404
    assert ("theirs" in owner.get(PAGE).text, find_by_key(secret)) == (False, key)


def test_a_plan_without_keys_is_told_so_and_may_still_revoke(owner, cast):
    make_api_key(owner=cast.owner, name="my script")
    Plan.objects.update(features=[])
    answer = owner.post(NEW, ASKED)
    assert ("does not include API keys" in answer.text, ApiKey.objects.count()) == (True, 1)
    html = owner.get(PAGE).text
    assert (NEW in html, "/revoke/" in html) == (False, True)


def test_a_person_is_asked_who_they_are_before_the_form_and_comes_back_to_it(client, cast):
    signed_in(client, cast.owner)
    asked = client.get(NEW)
    assert asked.url == "/accounts/reauthenticate/?next=/account/keys/new/"
    answer = client.post(asked.url, {"password": PASSWORD})
    assert (answer.url, client.get(answer.url).status_code) == (NEW, 200)


def test_a_form_that_was_sent_too_late_is_shown_again_as_it_was(client, cast):
    signed_in(client, cast.owner)
    answer = client.post(NEW, ASKED)
    assert not ApiKey.objects.exists()
    html = client.post(answer.url, {"password": PASSWORD}, follow=True).text
    checked = set(re.findall(r'name="scopes" value="([^"]+)"[^>]* checked', html))
    assert checked == {"jobs:read", "account:read"}
    assert ('value="nightly import"' in html, 'value="30" selected' in html) == (True, True)
    assert not ApiKey.objects.exists()


def test_queries_do_not_grow_with_keys(owner, cast, django_assert_num_queries):
    make_api_key(owner=cast.owner, name="first")
    owner.get(PAGE)  # the plan is remembered from here on
    with django_assert_num_queries(4):
        owner.get(PAGE)
    for _ in range(20):
        make_api_key(owner=cast.owner, name="more")
    with django_assert_num_queries(4):
        owner.get(PAGE)
