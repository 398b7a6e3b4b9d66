"""Programs list, make and revoke keys: never with more scopes than they have themselves."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api.schemas.keys import KeyListAnswer, MadeKeyAnswer
from accounts.api_keys import find_by_key, make_api_key, revoke_api_key
from accounts.enums import Scope
from accounts.models import ApiKey
from creator.platform.models import AuditLine, Delivery, IdempotencyKey

PATH = "/api/v1/keys"
ASKED = {"name": "nightly import", "scopes": ["jobs:read"]}


@pytest.fixture
def program(cast):
    """A client whose key may do everything but webhooks."""
    scopes = [scope for scope in Scope if scope != Scope.WEBHOOKS_WRITE]
    _, secret = make_api_key(owner=cast.owner, name="program", scopes=scopes)
    return Client(headers={"X-API-Key": secret})


def post(client, body, **headers):
    return client.post(PATH, body, content_type="application/json", headers=headers)


def test_a_key_is_made_and_its_secret_is_sent_once(program, cast):
    answer = post(program, ASKED | {"expires_at": "2031-03-01T12:00:00Z"})
    made = answer.json()
    key = find_by_key(made["secret"])
    assert (answer.status_code, answer["Cache-Control"]) == (201, "private, no-store")
    assert (str(key.pk), key.owner, key.scopes, key.made_by) == (
        made["key"]["id"],
        cast.owner,
        ["jobs:read"],
        "api",
    )
    assert made["key"]["expires_at"] == "2031-03-01T12:00:00Z"
    assert made["secret"][17:] not in program.get(PATH).content.decode()


def test_what_is_sent_has_the_declared_fields(program):
    made, listed = post(program, ASKED).json(), program.get(PATH).json()
    assert made.keys() == MadeKeyAnswer().fields.keys()
    assert made["key"].keys() == MadeKeyAnswer().fields["key"].fields.keys()
    assert listed["keys"][0].keys() == KeyListAnswer().fields["keys"].child.fields.keys()


def test_a_repeat_with_the_same_idempotency_key_makes_no_second_key_and_tells_no_secret(program):
    first, second = (post(program, ASKED, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (201, 201, "true")
    assert (first.json()["key"], second.json()) == (second.json()["key"], {**first.json(), "secret": None})
    assert ApiKey.objects.filter(name="nightly import").count() == 1


def test_the_secret_is_in_no_row(program):
    secret = post(program, ASKED, **{"Idempotency-Key": "once"}).json()["secret"]
    rows = [bytes(row.body) for row in IdempotencyKey.objects.all()]
    rows += [str(row) for model in (ApiKey, AuditLine, Delivery) for row in model.objects.values()]
    assert rows
    assert secret[17:40] not in str(rows)


def test_no_key_has_more_scopes_than_the_one_that_makes_it(program):
    answer = post(program, ASKED | {"scopes": ["jobs:read", "webhooks:write"]})
    assert (answer.status_code, answer.json()["error"]["details"]) == (403, {"scope": "webhooks:write"})
    assert not ApiKey.objects.filter(name="nightly import").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": None}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": "jobs:read"}, "scopes"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"owner": "me"}, "owner"),
    ],
)
def test_a_mistake_is_named(program, change, field):
    answer = post(program, ASKED | change)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])


def test_the_list_has_ones_own_keys_without_their_secrets(program, cast):
    make_api_key(owner=cast.other, name="theirs")
    key, _ = make_api_key(owner=cast.owner, name="old")
    revoke_api_key(key=key)
    keys = program.get(PATH).json()["keys"]
    assert [(each["name"], each["works"]) for each in keys] == [("program", True), ("old", False)]
    assert keys[0]["last_used_from"] == "127.0.0.1"
    assert "digest" not in json.dumps(keys)


def test_a_key_is_revoked_and_a_repeat_is_answered_alike(program, cast):
    key, secret = make_api_key(owner=cast.owner, name="old")
    answers = [program.delete(f"{PATH}/{key.pk}") for _ in range(2)]
    assert ([each.status_code for each in answers], find_by_key(secret)) == ([204, 204], None)
    assert program.get(f"{PATH}/{key.pk}").json()["works"] is False
    assert AuditLine.objects.filter(action="api_key_revoked").count() == 1


@pytest.mark.parametrize("method", ["get", "delete"])
def test_another_persons_key_is_not_there(program, cast, method):
    key, secret = make_api_key(owner=cast.other, name="theirs")
    assert getattr(program, method)(f"{PATH}/{key.pk}").status_code == 404
    assert find_by_key(secret) == key


def test_a_key_may_revoke_itself(program):
    (key,) = program.get(PATH).json()["keys"]
    assert [program.delete(f"{PATH}/{key['id']}").status_code for _ in range(2)] == [204, 401]


def test_a_program_may_replace_its_key_before_it_expires(program):
    soon = (timezone.now() + timedelta(days=30)).isoformat()
    made = post(program, ASKED | {"scopes": ["account:read", "account:write"], "expires_at": soon}).json()
    (old,) = [each for each in program.get(PATH).json()["keys"] if each["name"] == "program"]
    new = Client(headers={"X-API-Key": made["secret"]})
    assert new.delete(f"{PATH}/{old['id']}").status_code == 204
    assert (program.get(PATH).status_code, new.get(PATH).status_code) == (401, 200)
