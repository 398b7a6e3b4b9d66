"""Every address of the API answers HEAD as GET but for the body, OPTIONS without a key, and 405 with what it takes."""

import uuid

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from tests.creator.every_url import every_url, examples_of
from tests.creator.roles.doors import API, BROWSER_ONLY
from tests.creator.test_scopes import methods_of, routes_of_the_api
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rings")]
NAMES = [name for name, route in routes_of_the_api().items() if API + str(route.pattern) != BROWSER_ONLY]
CHANGING = {"Content-Length", "X-Request-ID", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


@pytest.fixture
def job(cast):
    return rows.submit_one(cast.owner, rows.slow_preset())


@pytest.fixture
def program(cast) -> Client:
    return Client(headers={"X-API-Key": make_api_key(owner=cast.owner, name="test", scopes=Scope)[1]})


def address_of(name: str, job) -> str:
    return every_url(examples_of(job))[API + str(routes_of_the_api()[name].pattern)]


def allowed(answer: HttpResponseBase) -> set[str]:
    return set(answer["Allow"].split(", "))


def accepted(name: str) -> set[str]:
    methods = methods_of(routes_of_the_api()[name])
    return methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())


@pytest.mark.parametrize("name", NAMES)
def test_options_says_what_an_address_takes_to_everybody(job, name):
    answer = Client().options(address_of(name, job))
    assert (answer.status_code, answer.content, allowed(answer)) == (204, b"", accepted(name))


def test_options_costs_nothing_and_tells_nothing_of_rows(cast, job, django_assert_num_queries):
    with django_assert_num_queries(0):
        answers = [Client().options(f"/api/v1/jobs/{each}") for each in (job.id, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [204, 204]


@pytest.mark.parametrize("name", NAMES)
def test_another_method_is_refused_with_those_it_takes(program, job, name):
    refused = next(each for each in ("DELETE", "PUT", "POST", "PATCH") if each not in accepted(name))
    answer = program.generic(refused, address_of(name, job), "{}", "application/json")
    assert (answer.status_code, allowed(answer)) == (405, accepted(name))
    words = answer.json()["error"]["message"]
    assert all(each in words for each in methods_of(routes_of_the_api()[name]))


@pytest.mark.parametrize("name", [name for name in NAMES if "HEAD" in accepted(name)])
def test_head_is_get_without_its_body(program, job, name):
    address = address_of(name, job)
    got, head = program.get(address), program.head(address)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert {name: value for name, value in head.headers.items() if name not in CHANGING} == {
        name: value for name, value in got.headers.items() if name not in CHANGING
    }
