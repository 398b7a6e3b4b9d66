"""The pages of the API's documentation: every operation, its commands, and a key that is shown once."""

import html
import json
import re
import shlex

import pytest

from accounts.models import ApiKey
from accounts.web.reference.curl import command
from accounts.web.reference.fields import FieldRow, kind_of, rows_of
from accounts.web.reference.reading import operations, tags
from billing.models import Plan
from creator.lib.error_codes import CODES
from tests.accounts.web.test_keys import PASSWORD, WHOLE, signed_in


def prove(client, person) -> None:
    """Signs the person in, who then proves who they are."""
    signed_in(client, person).post("/accounts/reauthenticate/", {"password": PASSWORD})


def read(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_the_overview_has_every_operation_and_every_error(client, db):
    said = read(client, "/api/docs/")
    assert [each.id for each in operations() if f"/api/docs/{each.tag}/#{each.id}" not in said] == []
    assert [code for code in CODES if f'id="{code}"' not in said] == []


@pytest.mark.parametrize("tag", [name for name, _, _ in tags()])
def test_a_page_has_its_operations_with_their_codes(client, db, tag):
    said = read(client, f"/api/docs/{tag}/")
    for each in operations():
        assert (f'id="{each.id}"' in said) == (each.tag == tag)
    assert 'href="/api/docs/#rate_limited"' in said


def test_there_is_no_other_page(client, db):
    answer = client.get("/api/docs/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_strangers_are_asked_to_sign_in(client, db):
    assert "/accounts/login/?next=/api/docs/jobs/" in read(client, "/api/docs/jobs/")
    assert client.post("/api/docs/key/")["Location"].startswith("/accounts/login/")


def test_a_key_is_made_filled_in_once_and_works(client, cast):
    prove(client, cast.owner)
    said = html.unescape(client.post("/api/docs/key/", {"tag": "presets"}).content.decode())
    (secret,) = set(WHOLE.findall(said))
    key = ApiKey.objects.get(owner=cast.owner)
    assert (key.name, key.scopes) == ("Trying the API", ["jobs:read", "jobs:write", "account:read"])
    (curl, *_) = re.findall(r'<pre class="code">(curl [^<]+)</pre>', said)
    parts = shlex.split(curl.replace("\\\n", ""))
    name, value = parts[parts.index("-H") + 1].split(": ")
    assert (name, value) == ("X-API-Key", secret)
    assert client.get(parts[-1].removeprefix("http://testserver"), headers={name: value}).status_code == 200
    assert secret not in read(client, "/api/docs/presets/")


def test_a_person_whose_proof_is_old_is_asked_again_and_gets_no_key(client, cast):
    client.force_login(cast.owner)
    assert client.post("/api/docs/key/", {"tag": "jobs"}).status_code == 302
    assert not ApiKey.objects.exists()


def test_a_refusal_is_shown_on_the_page(client, cast):
    prove(client, cast.owner)
    Plan.objects.update(features=[])
    said = client.post("/api/docs/key/", {"tag": ""}).content.decode()
    assert 'role="alert"' in said
    assert not ApiKey.objects.exists()


def test_a_command_has_variables_for_ids_and_quotes_what_a_shell_would_read():
    body = {"name": "it's", "upload_id": "3f2a0001-0b5e-4c1d-9a7e-5d0c6b8f1e2a"}
    request = {"method": "POST", "path": "/api/v1/jobs?a=b", "headers": {"Prefer": "wait=5"}, "body": body}
    said = command("https://x.org", "/api/v1/jobs/{job_id}/vary", request, key="", opens=False)
    parts = shlex.split(said.replace("\\\n", ""))
    assert parts[-1] == "https://x.org/api/v1/jobs/$JOB_ID/vary?a=b"
    assert json.loads(parts[parts.index("-d") + 1]) == {"name": "it's", "upload_id": "$UPLOAD_ID"}
    assert [parts[at + 1] for at, part in enumerate(parts) if part == "-H"] == [
        "X-API-Key: $KEY",
        "Prefer: wait=5",
        "Content-Type: application/json",
    ]


def test_a_schema_is_told_in_words():
    document = {
        "components": {"schemas": {"Size": {"type": "object", "properties": {"width": {"type": "integer"}}}}}
    }
    schema = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 5, "description": "What it is called"},
            "sizes": {"type": "array", "items": {"$ref": "#/components/schemas/Size"}},
        },
    }
    assert list(rows_of(document, schema)) == [
        FieldRow("name", "text", "What it is called; at most 5 characters", required=True),
        FieldRow("sizes", "list"),
        FieldRow("sizes[].width", "whole number"),
    ]
    assert kind_of(document, {"type": ["string", "null"], "format": "uuid"}) == "id or null"


def test_an_operation_that_answers_with_a_file_has_a_command_that_saves_it(client, db):
    said = read(client, "/api/docs/batches/")
    assert '-OJ \\\n  "http://testserver/api/v1/batches/$BATCH_ID/zip"' in said
    assert "The answer is a file." in said


@pytest.mark.parametrize("tag", ["webhooks", "events", "artifacts"])
def test_only_files_are_called_files(client, db, tag):
    said = read(client, f"/api/docs/{tag}/")
    assert ("The answer is a file." in said, "-OJ" in said) == (False, False)


def test_a_command_has_the_headers_that_are_required(client, db):
    said = read(client, "/api/docs/uploads/")
    assert '-H "Tus-Resumable: 1.0.0" \\\n  -H "Upload-Length: $UPLOAD_LENGTH"' in said
