"""The page of spend caps: for a person who just proved who they are."""

import pytest

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from billing.models import CreditAccount, KeyCap
from tests.jobs.web.reading import squash

PAGE = "/billing/caps/"
PASSWORD = "a long enough sentence"


@pytest.fixture
def browser(client, cast):
    """Of a person who is signed in."""
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    client.force_login(cast.owner)
    return client


@pytest.fixture
def proved(browser):
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


@pytest.fixture
def key(cast):
    return make_api_key(owner=cast.owner, name="<b>import</b>", scopes=[Scope.JOBS_WRITE])[0]


def caps(owner):
    keys = dict(KeyCap.objects.filter(key__owner=owner).values_list("key__name", "credits"))
    return CreditAccount.objects.get(owner=owner).spend_cap, keys


def test_caps_are_set_and_shown_and_taken_away(proved, cast, key):
    sent = {"own": "100", f"key-{key.pk}": "40"}
    answer = proved.post(PAGE, sent, follow=True)
    assert (answer.redirect_chain, caps(cast.owner)) == ([(PAGE, 302)], (100, {"<b>import</b>": 40}))
    html = squash(answer.text)
    assert ('value="100"' in html, 'value="40"' in html, "API key &lt;b&gt;import&lt;/b&gt;" in html) == (
        True,
        True,
        True,
    )
    proved.post(PAGE, dict.fromkeys(sent, ""))
    assert caps(cast.owner) == (None, {})


def test_what_is_not_sent_stays_as_it_is(proved, cast, key):
    proved.post(PAGE, {"own": "100", f"key-{key.pk}": "40"})
    proved.post(PAGE, {"own": "7"})
    assert caps(cast.owner) == (7, {"<b>import</b>": 40})
    proved.post(PAGE, {f"key-{key.pk}": "9"})
    assert caps(cast.owner) == (7, {"<b>import</b>": 9})
    proved.post(PAGE, {})
    assert caps(cast.owner) == (7, {"<b>import</b>": 9})


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "1000000001", "9" * 40])
def test_a_wrong_number_is_refused_and_changes_nothing(proved, cast, key, value):
    proved.post(PAGE, {"own": "100"})
    answer = proved.post(PAGE, {"own": "5", f"key-{key.pk}": value})
    assert (answer.status_code, caps(cast.owner)) == (422, (100, {}))


def test_a_person_proves_first_who_they_are_and_comes_back_to_what_they_entered(browser, cast, key):
    asked = browser.get(PAGE)
    assert (asked.status_code, asked["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")
    browser.post(PAGE, {"own": "100", f"key-{key.pk}": "40"})
    assert KeyCap.objects.count() == 0
    back = f"{PAGE}?own=100&key-{key.pk}=40"
    answer = browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": back}, follow=True)
    assert ('value="100"' in answer.text, 'value="40"' in answer.text) == (True, True)


def test_another_persons_key_is_not_on_the_page_and_gets_no_cap(proved, cast):
    foreign, _ = make_api_key(owner=cast.other, name="foreign", scopes=[Scope.JOBS_WRITE])
    proved.post(PAGE, {"own": "5", f"key-{foreign.pk}": "1"})
    assert ("foreign" in proved.get(PAGE).text, KeyCap.objects.count()) == (False, 0)


def test_no_key_changes_a_cap(client, cast):
    """Not even one with every scope: a program must not raise its own cap."""
    key, secret = make_api_key(owner=cast.owner, name="all", scopes=Scope)
    for headers in ({"X-API-Key": secret}, {"Authorization": f"Bearer {secret}"}):
        answer = client.post(PAGE, {f"key-{key.pk}": "1000"}, headers=headers)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")
    assert KeyCap.objects.count() == 0
