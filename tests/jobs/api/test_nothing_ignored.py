"""What an address does not take is refused by name: fields of bodies and queries, and repeats of them."""

import json

import pytest
from django.test import Client

from jobs.models import Job
from tests.jobs.api.addresses import ALL

pytestmark = pytest.mark.usefixtures("rings")
READS = [path for method, path in ALL if method == "GET" and "events" not in path]  # test_events has those
SENDS = [path for method, path in ALL if method == "POST"]
BODIES = [path for path in SENDS if not path.endswith("/uploads")]


def send(api: Client, path: str, body: object):
    return api.generic("POST", path, json.dumps(body), content_type="application/json")


def refused(answer) -> tuple[int, set[str]]:
    return answer.status_code, set(answer.json()["error"]["details"])


@pytest.mark.parametrize("path", BODIES)
def test_a_field_that_does_not_exist(api, path):
    answer = send(api, path, {"sead": 5})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["sead"] == "There is no such field."


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", [[], None, 5, "seed", [{"seed": 5}]])
def test_a_body_that_is_no_object(api, path, body):
    assert refused(send(api, path, body)) == (422, {"body"})


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", ["{", "seed=5"])
def test_a_body_that_is_no_json(api, path, body):
    assert api.generic("POST", path, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("path", BODIES)
def test_a_body_of_another_type(api, path):
    answer = api.generic("POST", path, "seed=5", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415


@pytest.mark.parametrize("act", ["retry", "cancel"])
@pytest.mark.parametrize("body", [{"seed": 5}, {"reuse": True}, {"parameters": {}}])
def test_what_only_others_take_changes_nothing(api, make_job, act, body):
    job = make_job("failed" if act == "retry" else "queued")
    answer = send(api, f"/api/v1/jobs/{job.id}/{act}", body)
    assert refused(answer) == (422, set(body))
    assert list(Job.objects.values_list("status")) == [(job.status,)]


@pytest.mark.parametrize("act", ["retry", "vary"])
@pytest.mark.parametrize("body", [b"", b"{}", b' {"seed": null} '])
def test_an_empty_body_says_nothing(api, make_job, act, body):
    job = make_job("failed")
    answer = api.generic("POST", f"/api/v1/jobs/{job.id}/{act}", body, content_type="application/json")
    assert answer.status_code == (422 if act == "retry" and b"seed" in body else 202)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("ask", ["get", "head"])
def test_a_query_that_does_not_exist(api, path, ask):
    assert getattr(api, ask)(f"{path}?statsu=queued").status_code == 422


@pytest.mark.parametrize("path", SENDS)
def test_a_query_of_what_takes_a_body(api, path):
    assert refused(api.generic("POST", f"{path}?seed=5")) == (422, {"seed"})


@pytest.mark.parametrize("query", ["limit=1&limit=2", "preset=slow&preset=slow"])
def test_a_query_that_comes_twice(api, query):
    answer = api.get(f"/api/v1/jobs?{query}")
    assert refused(answer) == (422, {query.partition("=")[0]})


def test_a_method_that_does_not_exist_is_said_first(api):
    assert send(api, "/api/v1/presets?x=1", {"seed": 5}).status_code == 405
