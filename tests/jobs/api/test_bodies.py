"""Malformed requests: broken JSON, other content types, other methods, bodies that are too large."""

import json

import pytest
from django.db import OperationalError

from jobs.models import Job


def post(api, body: bytes | str, kind="application/json"):
    return api.generic("POST", "/api/v1/jobs", body, content_type=kind)


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


BROKEN = [
    b"{",
    b" ",
    b"\xff\xfe",
    b'{"preset": "slow", "seed": NaN}',
    b'{"preset": "slow", "seed": Infinity}',
    b'{"preset": "slow", "preset": "other"}',
    b'{"preset": "\\ud800"}',
    b'{"parameters": {"\\udfff": 1}}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"seed": ' + b"9" * 5000 + b"}",
    b"{'preset': 'slow'}",
]


@pytest.mark.parametrize("body", BROKEN, ids=[repr(body[:24]) for body in BROKEN])
def test_broken_json_is_malformed(api, slow, body):
    answer = post(api, body)
    assert code_of(answer) == (400, "malformed_request")
    assert answer.json()["error"]["message"].startswith("The body is not valid JSON.")
    assert Job.objects.count() == 0


def test_no_body_is_one_without_fields(api, slow):
    assert code_of(post(api, b"")) == (422, "invalid_parameters")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json"]
)
def test_only_json_is_read(api, slow, kind):
    assert code_of(post(api, b'{"preset": "slow"}', kind)) == (415, "unsupported_media_type")


def test_a_charset_beside_the_type_is_fine(api, slow, rings):
    assert post(api, b'{"preset": "slow"}', "Application/JSON; charset=utf-8").status_code == 202


def test_a_body_has_its_bounds(api, slow):
    at_most = 1024 * 1024
    padded = json.dumps({"preset": "slow", "no_such": ""})[:-2]
    fits = padded + "x" * (at_most - len(padded) - 2) + '"}'
    assert (len(fits), code_of(post(api, fits))) == (at_most, (422, "invalid_parameters"))
    assert code_of(post(api, fits + " ")) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/jobs"),
        ("POST", "/api/v1/presets"),
        ("PUT", "/api/v1/uploads"),
    ],
)
def test_other_methods_are_refused_with_what_is_allowed(api, method, path):
    answer = api.generic(method, path)
    assert code_of(answer) == (405, "method_not_allowed")
    assert method not in answer["Allow"].split(", ")


def test_answers_are_json_whatever_is_asked_for(api, slow):
    for path, status in (("/api/v1/jobs", 200), ("/api/v1/jobs?limit=0", 422), ("/api/v1/nothing", 404)):
        answer = api.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")


def test_a_fault_of_ours_tells_its_reference_and_nothing_more(api, slow, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("password of /srv/secret.py")

    monkeypatch.setattr("jobs.api.submitting.submit_batch", broken)
    answer = api.post(
        "/api/v1/jobs",
        {"preset": "slow"},
        content_type="application/json",
        headers={"X-Request-ID": "my-reference"},
    )
    error = answer.json()["error"]
    assert (code_of(answer), error["request_id"]) == ((500, "internal_error"), "my-reference")
    assert "secret" not in answer.content.decode()


def test_while_the_database_is_away_a_program_is_asked_to_come_again(api, slow, monkeypatch):
    def away(*_, **__):
        raise OperationalError("terminating connection of host 10.1.2.3")

    monkeypatch.setattr("jobs.api.submitting.submit_batch", away)
    answer = api.post("/api/v1/jobs", {"preset": "slow"}, content_type="application/json")
    assert (code_of(answer), answer["Retry-After"]) == ((503, "service_unavailable"), "2")
    assert "10.1.2.3" not in answer.content.decode()
