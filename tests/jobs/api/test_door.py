"""Authentication: only valid keys open the API. Keys open no pages, and sessions do not open the API."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_keys import make_api_key, revoke_api_key
from accounts.models import ApiKey
from tests.jobs.api.addresses import ALL


def ask(headers: dict[str, str]):
    return Client(headers=headers).get("/api/v1/jobs")


@pytest.mark.parametrize(
    "form", ["X-API-Key: {}", "Authorization: Bearer {}", "Authorization: bearer  {}", "x-api-key:  {} "]
)
def test_a_key_is_taken_from_either_header(cast, form):
    _, secret = make_api_key(owner=cast.owner, name="test")
    name, value = form.format(secret).split(":", 1)
    assert ask({name: value}).status_code == 200


@pytest.mark.parametrize("header", ["Basic {}", "Token {}", "{}", "Bearer", "Bearer creator_x", ""])
def test_nothing_else_is(cast, header):
    _, secret = make_api_key(owner=cast.owner, name="test")
    assert ask({"Authorization": header.format(secret)}).status_code == 401


def test_a_key_in_the_address_is_no_key(cast):
    _, secret = make_api_key(owner=cast.owner, name="test")
    assert Client().get(f"/api/v1/jobs?key={secret}&api_key={secret}").status_code == 401


@pytest.mark.parametrize(("method", "path"), ALL)
def test_every_address_asks_for_a_key(db, method, path):
    answer = Client().generic(method, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]) == (401, "not_authenticated", {})
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert (answer["Cache-Control"], error["request_id"]) == ("private, no-store", answer["X-Request-ID"])


@pytest.mark.parametrize("end", ["revoked", "expired", "owner shut out", "owner gone"])
def test_a_key_that_ended_is_refused_at_once(cast, end):
    key, secret = make_api_key(owner=cast.owner, name="test")
    before = ask({"X-API-Key": secret}).status_code
    if end == "revoked":
        revoke_api_key(key=key)
    elif end == "expired":
        ApiKey.objects.update(expires_at=timezone.now())
    elif end == "owner shut out":
        type(cast.owner).objects.filter(pk=cast.owner.pk).update(is_active=False)
    else:
        cast.owner.delete()
    assert (before, ask({"X-API-Key": secret}).status_code) == (200, 401)


def test_a_session_opens_no_api(cast, client):
    client.force_login(cast.owner)
    assert (client.get("/home/").status_code, client.get("/api/v1/jobs").status_code) == (200, 401)


def test_a_key_opens_no_page_and_makes_no_session(api):
    assert api.get("/api/v1/jobs").status_code == 200
    assert (api.get("/home/").status_code, api.get("/new/").status_code, dict(api.cookies)) == (302, 302, {})


def test_a_post_needs_no_form_token(cast):
    _, secret = make_api_key(owner=cast.owner, name="test")
    strict = Client(enforce_csrf_checks=True, headers={"X-API-Key": secret})
    assert strict.post("/api/v1/jobs", {}, content_type="application/json").status_code == 422


def test_who_somebody_claims_to_be_is_never_believed(cast, make_job, stranger):
    make_job()
    answer = stranger.get("/api/v1/jobs", headers={"X-User-Id": str(cast.owner.pk)})
    assert (answer.status_code, answer.json()["jobs"]) == (200, [])
