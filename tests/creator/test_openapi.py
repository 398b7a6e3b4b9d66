"""The OpenAPI document: what is served is what the views say, and every route of the API is in it."""

import json
import re

import jsonschema
import pytest
from django.core.management import call_command

from creator.api.openapi import DOCUMENT
from creator.lib.error_codes import CODES
from tests.creator.test_descriptions import DESCRIBED
from tests.creator.test_scopes import NEEDED, methods_of, routes_of_the_api

API = json.loads(DOCUMENT.read_text())
SCHEMES = ("apiKey", "bearer")
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in API["paths"].items()
    for method, operation in methods.items()
}
BYTES = "application/offset+octet-stream"
"""A body without fields."""


def path_of(name: str) -> str:
    return "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(routes_of_the_api()[name].pattern))


def test_the_committed_document_and_table_are_what_the_views_say():
    call_command("openapi", "--check")


def test_every_method_of_every_route_is_an_operation():
    assert set(OPERATIONS) == {
        (method, path_of(name)) for name in DESCRIBED for method in methods_of(routes_of_the_api()[name])
    }


def test_every_operation_has_a_name_of_its_own_that_reads_as_a_method():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []


@pytest.mark.parametrize("name", NEEDED)
def test_every_operation_says_which_scope_it_needs(name):
    for method, scope in NEEDED[name].items():
        operation = OPERATIONS.get((method, path_of(name)), {"security": [{}]})
        assert operation["security"] == ([{scheme: [scope]} for scheme in SCHEMES] if scope else [{}])


def test_every_operation_is_in_words():
    assert [each for each, operation in OPERATIONS.items() if len(operation["summary"].split()) < 2] == []
    assert {tag for each in OPERATIONS.values() for tag in each["tags"]} <= {
        tag["name"] for tag in API["tags"]
    }


def test_every_body_refuses_unknown_fields():
    bodies = [
        content["schema"]
        for operation in OPERATIONS.values()
        for media_type, content in operation.get("requestBody", {"content": {}})["content"].items()
        if media_type != BYTES
    ]
    named = [
        API["components"]["schemas"][body["$ref"].rpartition("/")[2]] if "$ref" in body else body
        for body in bodies
    ]
    assert [body for body in named if body["additionalProperties"] is not False] == []
    assert len(named) > 10


def test_every_schema_is_one():
    for schema in API["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_document_lists_every_error():
    assert [each["code"] for each in API["x-errors"]] == list(CODES)


def test_programs_get_it_without_a_key_and_need_not_get_it_twice(client):
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()) == (200, API)
    assert answer["Cache-Control"] == "public, max-age=300"
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_takes_no_other_method(client):
    answer = client.delete("/api/v1/openapi.json")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
