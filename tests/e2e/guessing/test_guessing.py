"""200 tries at once, through two web processes, with a forged address each: 5 get through, whatever is guessed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.guessing.furnish import PASSWORD
from tests.e2e.guessing.site import CSRF, TRIES, Site, browser

LIMIT = 5


@pytest.fixture(scope="module")
def furnished(services, tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("guessing"), services)
    site.furnish()
    return site


@pytest.fixture(scope="module")
def site(furnished: Site) -> Iterator[Site]:
    with furnished.serving() as serving:
        yield serving


def test_passwords_of_one_person(site):
    answers = site.guess(
        "/accounts/login/",
        lambda n: {"login": "one@example.org", "password": f"wrong {n}"},
        source="127.0.1.1",
    )
    assert answers == {200: LIMIT, 429: TRIES - LIMIT}


def test_passwords_of_many_people_from_one_address(site):
    answers = site.guess(
        "/accounts/login/", lambda n: {"login": f"p{n}@example.org", "password": "wrong"}, source="127.0.1.2"
    )
    assert answers == {200: LIMIT, 429: TRIES - LIMIT}


def test_passwords_by_the_token_api(site):
    answers = site.guess(
        "/api/v1/auth/login",
        lambda n: {"email": "four@example.org", "password": f"wrong {n}"},
        source="127.0.1.8",
        as_json=True,
    )
    assert answers == {401: LIMIT, 429: TRIES - LIMIT}


def test_codes_of_a_second_factor(site):
    with browser(site.urls[0], "127.0.1.3") as person:
        form = {"login": "two@example.org", "password": PASSWORD, "csrfmiddlewaretoken": CSRF}
        answer = person.post("/accounts/login/", data=form)
        assert answer.headers["Location"].endswith("/authenticate/"), answer.text
        session = {"sessionid": person.cookies["sessionid"]}
        path = answer.headers["Location"]
    answers = site.guess(path, lambda n: {"code": f"{n:06}"}, source="127.0.1.4", cookies=session)
    assert answers == {200: LIMIT, 429: TRIES - LIMIT}


def test_the_admin_s_sign_in(site):
    answers = site.guess(
        "/admin/login/",
        lambda n: {"username": "boss@example.org", "password": f"wrong {n}"},
        source="127.0.1.5",
    )
    assert answers == {302: LIMIT, 429: TRIES - LIMIT}
    with browser(site.urls[0], "127.0.1.6") as person:  # the same password at the other door
        form = {"login": "boss@example.org", "password": PASSWORD, "csrfmiddlewaretoken": CSRF}
        assert person.post("/accounts/login/", data=form).status_code == 429


def test_a_limiter_in_two_steps_lets_more_through(furnished):
    """So the tests above could fail: these tries would find a gap."""
    with furnished.serving(DJANGO_SETTINGS_MODULE="tests.e2e.guessing.twin") as twin:
        answers = twin.guess(
            "/accounts/login/",
            lambda n: {"login": "three@example.org", "password": f"wrong {n}"},
            source="127.0.1.7",
        )
    # Those let through keep both processes so busy with hashing that some tries wait in vain for the database (503).
    assert answers[200] > LIMIT
