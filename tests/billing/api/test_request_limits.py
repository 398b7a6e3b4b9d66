"""Requests to the API in any minute and hour, as the plan allows them to all keys and tokens of a person together."""

from dataclasses import replace

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from accounts.models import User
from accounts.tokens import issue
from billing.models import Plan
from billing.plans import change_plan
from creator.lib.ttl_cache import clear_all
from tests.jobs.api.addresses import ALL, ID

PRESETS, NOW = "/api/v1/presets", 1_800_000_000
ASK = "Ask the people who run this site for a larger plan."


@pytest.fixture
def person(db) -> User:
    """A user on the free plan, which takes 3 requests in any minute and 5 in any hour."""
    Plan.objects.filter(slug="free").update(requests_per_minute=3, requests_per_hour=5)
    return User.objects.create_user("person@example.org")


@pytest.fixture
def program(person) -> Client:
    return with_key(person)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def with_key(owner: User, *scopes: Scope) -> Client:
    return Client(headers={"X-API-Key": make_api_key(owner=owner, name="test", scopes=scopes or Scope)[1]})


def with_token(owner: User) -> Client:
    return Client(
        headers={"Authorization": f"Bearer {issue(owner, device='laptop', address='192.0.2.1').access}"}
    )


def left(answer) -> tuple[str | None, ...]:
    return tuple(answer.headers.get(f"X-RateLimit-{name}") for name in ("Limit", "Remaining", "Reset"))


def test_each_answer_says_what_is_left_of_the_tightest_limit(program, clock):
    assert [left(program.get(PRESETS)) for _ in range(2)] == [("3", "2", "60"), ("3", "1", "60")]
    clock.shift(61)
    program.get(PRESETS)
    assert left(program.get(PRESETS)) == ("5", "1", "3539")


def test_beyond_the_minute_a_request_is_refused_with_plan_number_and_wait(program, clock):
    answers = [program.get(PRESETS) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert (answers[-1]["Retry-After"], left(answers[-1])) == ("60", ("3", "0", "60"))
    error = answers[-1].json()["error"]
    assert (error["code"], error["details"]) == ("rate_limited", {"limit": 3, "remaining": 0})
    assert (
        error["message"] == f"The Free plan takes 3 requests in any minute. Send the next one in 1 min. {ASK}"
    )


def test_to_wait_as_long_as_it_says_is_enough_however_often_one_asks(program, clock):
    answers = [program.get(PRESETS) for _ in range(20)]
    clock.shift(int(answers[-1]["Retry-After"]))
    clock.shift(0.01)
    assert program.get(PRESETS).status_code == 200


def test_beyond_the_hour_the_refusal_names_the_hour(program, clock):
    for _ in range(5):
        clock.shift(61)
        assert program.get(PRESETS).status_code == 200
    clock.shift(61)
    refused = program.get(PRESETS)
    assert (refused.status_code, refused["Retry-After"]) == (429, str(3600 - 5 * 61))
    assert "The Free plan takes 5 requests in any hour." in refused.json()["error"]["message"]


def test_all_keys_and_tokens_of_a_person_count_together_and_another_person_apart(person, cast, clock):
    programs = [with_key(person), with_key(person), with_token(person)]
    assert [left(each.get(PRESETS))[1] for each in programs] == ["2", "1", "0"]
    assert with_token(person).get(PRESETS).status_code == 429
    assert with_key(cast.other).get(PRESETS).status_code == 200


def test_requests_that_are_refused_count_too(person, clock):
    reads = with_key(person, Scope.ACCOUNT_READ)
    answers = [reads.get(PRESETS), reads.put(PRESETS), reads.get(f"/api/v1/keys/{ID}")]
    assert [(each.status_code, left(each)[1]) for each in answers] == [(403, "2"), (405, "1"), (404, "0")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "address"), [*ALL, ("GET", "/api/v1/auth/me")])
def test_every_address_counts(cast, method, address):
    program = with_key(cast.owner)
    program.raise_request_exception = False
    assert left(program.generic(method, address))[:2] == ("60", "59")


def test_pages_health_and_the_doors_before_sign_in_do_not_count(person, program, client, clock):
    client.force_login(person)
    for address in ("/health", "/api/health", "/home/", "/jobs/"):
        assert left(client.get(address))[0] is None
    assert left(program.post("/api/v1/auth/login", {}, content_type="application/json"))[0] is None
    assert left(program.get(PRESETS))[1] == "2"


def test_a_larger_plan_counts_at_once(person, program, clock, django_capture_on_commit_callbacks):
    for _ in range(4):
        program.get(PRESETS)
    with django_capture_on_commit_callbacks(execute=True):
        change_plan(person, "creator")
    answer = program.get(PRESETS)
    assert (answer.status_code, left(answer)[0]) == (200, "240")


def test_where_plans_are_sold_the_refusal_leads_to_the_prices(program, clock, settings):
    settings.CONFIG = replace(settings.CONFIG, stripe="fake")
    error = [program.get(PRESETS) for _ in range(4)][-1].json()["error"]
    assert error["message"].endswith("The Creator plan allows 240: see the pricing page.")
    assert error["details"] == {"limit": 3, "remaining": 0, "pricing": "/pricing/"}


def queries(program: Client) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        assert program.get(PRESETS).status_code == 200
    return [each["sql"] for each in asked]


def test_a_request_with_a_key_reads_its_plan_once_as_before(program, monkeypatch):
    queries(program)  # the first use of a key is noted

    def first_and_next() -> list[int]:
        clear_all()
        return [len(queries(program)) for _ in range(2)]

    with_limits = first_and_next()
    monkeypatch.setattr("billing.api.permissions.count_request", lambda owner_id: None)
    assert with_limits == first_and_next()


def test_a_request_with_a_token_reads_the_plan_once_in_a_while(person):
    program = with_token(person)
    assert [sum('"billing_plan"' in each for each in queries(program)) for _ in range(2)] == [2, 0]
