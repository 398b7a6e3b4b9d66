"""Codes of the app and recovery codes: right, wrong, used before, and by two at the same time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.db import connection

from accounts.factors import factors_of, has_second_factor, prove_code
from tests.accounts.factors.app import App

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(cast) -> App:
    app = App()
    app.add(cast.owner)
    return app


@pytest.fixture
def still(monkeypatch):
    """Stops the clock, so that no test begins in one step and ends in the next."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


def test_a_code_works_once_and_no_older_one_after_it(cast, app, still):
    codes = [app.code(steps=steps) for steps in (0, 0, -1, 1)]
    assert [bool(prove_code(cast.owner, code)) for code in codes] == [True, False, False, True]


def test_a_used_code_stays_used_when_the_cache_is_lost(cast, app, still):
    assert prove_code(cast.owner, app.code())
    cache.clear()
    assert prove_code(cast.owner, app.code()) is None


def test_codes_of_other_times_and_people_are_wrong(cast, app, still):
    assert [prove_code(cast.owner, app.code(steps=steps)) for steps in (-2, 2)] == [None, None]
    assert prove_code(cast.other, app.code()) is None


@pytest.mark.parametrize("code", ["", " ", "abcdef", "１２３４５６", "-1", "0" * 5000, "💥"])
def test_odd_codes_are_wrong(cast, app, code):
    assert prove_code(cast.owner, code) is None


def test_a_code_may_be_typed_with_spaces(cast, app, still):
    code = app.code()
    assert prove_code(cast.owner, f" {code[:3]} {code[3:]} ")


def test_a_recovery_code_works_once(cast, app):
    codes = RecoveryCodes.activate(cast.owner).get_unused_codes()
    assert (len(codes), {len(code) for code in codes}) == (10, {12})
    assert [bool(prove_code(cast.owner, codes[3])) for _ in range(2)] == [True, False]
    assert factors_of(cast.owner).codes_left == 9


def test_recovery_codes_alone_are_no_second_factor(cast):
    RecoveryCodes.activate(cast.owner)
    assert not has_second_factor(cast.owner)
    App().add(cast.owner)
    assert has_second_factor(cast.owner)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_one_code_at_once_one_gets_in(cast, app, still):
    code = app.code()

    def use(_: int) -> bool:
        try:
            return prove_code(cast.owner, code) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(16))) == [False] * 15 + [True]


def test_no_secret_is_stored_in_clear(cast, app):
    codes = RecoveryCodes.activate(cast.owner)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert app.secret not in stored
    assert not any(code in stored for code in codes.get_unused_codes())
