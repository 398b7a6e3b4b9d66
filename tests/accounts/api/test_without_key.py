"""Requests without a key that works: each address has so many a minute, and takes nothing from keys that work."""

import uuid
from dataclasses import replace
from functools import partial

import httpx2
import pytest
import time_machine
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.attempts import KEYS_PER_TRY
from tests.jobs.lifecycle.threads import together
from tests.jobs.streaming.serving import served

MOST = KEYS_PER_TRY
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
PATH = "/api/v1/jobs"


@pytest.fixture(autouse=True)
def one_try(settings):
    settings.CONFIG = replace(settings.CONFIG, tries_per_address=1)


@pytest.fixture
def secret(cast) -> str:
    return make_api_key(owner=cast.owner, name="test")[1]


def ask(address: str = HERE, **headers: str) -> tuple[int, str]:
    answer = Client().get(PATH, headers=headers, REMOTE_ADDR=address)
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def unknown(secret: str) -> str:
    """A key of the right form that was never made or has another letter."""
    return secret[:-1] + ("a" if secret[-1] != "a" else "b")


def test_after_so_many_of_any_kind_the_address_waits(secret):
    shown = [{}, {"X-API-Key": "x"}, {"X-API-Key": unknown(secret)}, {"Authorization": "Bearer a.b.c"}]
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        assert {ask(**shown[number % 4]) for number in range(MOST)} == {(401, "not_authenticated")}
        clock.shift(20)
        assert {ask(**each) for each in shown} == {(429, "rate_limited")}
        answer = Client().get(PATH, REMOTE_ADDR=HERE)
        assert (answer["Retry-After"], answer.json()["error"]["request_id"]) == ("40", answer["X-Request-ID"])
        assert "Wait 40 seconds." in answer.json()["error"]["message"]
        clock.shift(41)
        assert ask() == (401, "not_authenticated")


def test_others_and_keys_that_work_do_not_wait(secret):
    for _ in range(MOST + 5):
        ask()
    assert (ask()[0], ask(ELSEWHERE)[0]) == (429, 401)
    assert ask(**{"X-API-Key": secret}) == (200, "")


def test_no_header_makes_it_another_address(db):
    for number in range(MOST + 1):
        forged = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
        last = ask(**forged)
    assert last == (429, "rate_limited")


def test_an_ipv6_network_is_one_address(db):
    answers = [ask(f"2001:db8:0:1::{number:x}")[0] for number in range(MOST + 2)]
    assert answers == [401] * MOST + [429] * 2
    assert ask("2001:db8:0:2::1")[0] == 401


@pytest.mark.django_db(transaction=True)
def test_many_at_once_pass_no_more_than_the_limit(db):
    answers = together(*[partial(ask, **{"X-API-Key": uuid.uuid4().hex})] * 50)
    assert sorted(status for status, _ in answers) == [401] * MOST + [429] * (50 - MOST)


@pytest.mark.django_db(transaction=True)
def test_uploads_streams_and_sockets_count_too(secret, settings):
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    events = f"/api/v1/jobs/{uuid.UUID(int=7)}/events"
    with (
        served() as address,
        httpx2.Client(base_url=address, trust_env=False, headers={"X-API-Key": unknown(secret)}) as site,
    ):
        for _ in range(MOST // 3):
            assert site.post("/api/v1/uploads", files={"file": b"x"}).status_code == 401
            assert site.get(events, headers={"Accept": "text/event-stream"}).status_code == 401
            assert site.get(PATH).status_code == 401
        for answer in (site.post("/api/v1/uploads", files={"file": b"x"}), site.get(events), site.get(PATH)):
            assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")
            assert int(answer.headers["Retry-After"]) in range(1, 61)
        site.headers["X-API-Key"] = secret
        assert site.get(PATH).status_code == 200
        assert site.post("/api/v1/uploads", files={"file": b"x"}).status_code == 422
