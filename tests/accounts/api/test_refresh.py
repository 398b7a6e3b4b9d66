"""`POST /auth/refresh`: each refresh token works once, and theft of one shows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import TokenFamily
from creator.platform.models import Delivery
from tests.accounts.api.conftest import EMAIL, PASSWORD, bearer, code_of

ME = "/api/v1/auth/me"


def pass_time(**past: float) -> None:
    TokenFamily.objects.update(refreshed_at=timezone.now() - timedelta(**past))


def mails() -> int:
    return Delivery.objects.filter(payload__kind="token_reused").count()


def test_a_program_stays_signed_in_by_refreshing(call, signed_in):
    second = call("refresh", refresh_token=signed_in["refresh_token"]).json()
    third = call("refresh", refresh_token=second["refresh_token"]).json()
    assert len({each["refresh_token"] for each in (signed_in, second, third)}) == 3
    assert call.client.get(ME, headers=bearer(third)).status_code == 200


def test_reuse_kills_the_family_refuses_access_and_mails_once(call, signed_in):
    second = call("refresh", refresh_token=signed_in["refresh_token"]).json()
    pass_time(seconds=11)
    assert call.client.get(ME, headers=bearer(second)).status_code == 200
    assert code_of(call("refresh", refresh_token=signed_in["refresh_token"])) == (401, "not_authenticated")
    assert [call.client.get(ME, headers=bearer(each)).status_code for each in (signed_in, second)] == [
        401,
        401,
    ]
    for each in (second, signed_in, second):
        assert code_of(call("refresh", refresh_token=each["refresh_token"])) == (401, "not_authenticated")
    assert mails() == 1
    line = call.client.get("/api/v1/jobs", headers=bearer(second))
    assert line.status_code == 401


@pytest.mark.parametrize("everything", [False, True])
def test_an_old_token_that_signs_out_is_a_reuse_too(call, signed_in, everything):
    other = call("login", email=EMAIL, password=PASSWORD).json()
    second = call("refresh", refresh_token=signed_in["refresh_token"]).json()
    pass_time(seconds=11)
    answer = call("logout", refresh_token=signed_in["refresh_token"], all=everything)
    assert (code_of(answer), mails()) == ((401, "not_authenticated"), 1)
    assert call.client.get(ME, headers=bearer(second)).status_code == 401
    assert call.client.get(ME, headers=bearer(other)).status_code == 200


def test_a_token_that_was_replaced_a_moment_ago_signs_out(call, signed_in):
    """The program asks for new tokens and signs out at the same time."""
    second = call("refresh", refresh_token=signed_in["refresh_token"]).json()
    assert call("logout", refresh_token=signed_in["refresh_token"]).status_code == 200
    assert (call.client.get(ME, headers=bearer(second)).status_code, mails()) == (401, 0)


def test_other_programs_of_the_person_stay_signed_in(call, signed_in):
    other = call("login", email=EMAIL, password=PASSWORD).json()
    second = call("refresh", refresh_token=signed_in["refresh_token"]).json()
    pass_time(seconds=11)
    call("refresh", refresh_token=signed_in["refresh_token"])
    assert call.client.get(ME, headers=bearer(second)).status_code == 401
    assert call.client.get(ME, headers=bearer(other)).status_code == 200


def test_a_request_that_is_sent_twice_is_a_conflict(call, signed_in):
    second = call("refresh", refresh_token=signed_in["refresh_token"]).json()
    again = call("refresh", refresh_token=signed_in["refresh_token"])
    assert (code_of(again), "Retry-After" in again) == ((409, "already_refreshed"), False)
    assert call("refresh", refresh_token=second["refresh_token"]).status_code == 200
    assert mails() == 0


def test_with_its_key_it_gets_the_same_answer(call, signed_in):
    answers = [
        call("refresh", headers={"Idempotency-Key": "k-1"}, refresh_token=signed_in["refresh_token"])
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert ["Idempotency-Replayed" in answer for answer in answers] == [False, True]


def test_a_bad_key_is_refused_and_the_token_still_works(call, signed_in):
    given = {"headers": {"Idempotency-Key": "a b"}, "refresh_token": signed_in["refresh_token"]}
    assert code_of(call("refresh", **given)) == (400, "malformed_request")
    assert call("refresh", refresh_token=signed_in["refresh_token"]).status_code == 200


@pytest.mark.parametrize("given", ["access", "made up", "ü", "x" * 1000])
def test_what_is_no_refresh_token_is_refused(call, signed_in, given):
    token = signed_in["access_token"] if given == "access" else given
    answer = call("refresh", refresh_token=token)
    assert (code_of(answer), answer["WWW-Authenticate"]) == ((401, "not_authenticated"), 'Bearer realm="api"')
    assert call.client.get(ME, headers=bearer(signed_in)).status_code == 200


def test_guesses_are_limited_and_good_refreshes_are_not(call, signed_in, settings):
    tokens = signed_in
    for _ in range(10):
        tokens = call("refresh", refresh_token=tokens["refresh_token"]).json()
    statuses = [call("refresh", refresh_token="made up").status_code for _ in range(60)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert call("refresh", refresh_token=tokens["refresh_token"]).status_code == 200
