"""Every address of the API answers every kind of bad request in the one form of errors, with the id of the request."""

import json
import re
import uuid
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from creator.api.parsers import StrictJSONParser
from creator.lib.errors import STATUS
from tests.creator.test_scopes import methods_of, routes_of_the_api

ROUTES = {name: route for name, route in routes_of_the_api().items() if name != "api_google_callback"}
"""All but the one that a browser opens."""
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FOO"}
JSON = "application/json"
OTHER_KINDS = ("text/plain", "application/x-www-form-urlencoded", "json", "application/xml; charset=x")
NO_JSON = (b"{", b"seed=5", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000)
NO_BODY = (b"[]", b"null", b"5", b'"text"', b'{"no_such_field": 1}', b'{"no\\u0000such": 1}')
NO_ID = ("7", "none", "0" * 32, f"{{{uuid.UUID(int=7)}}}", f"{uuid.UUID(int=7)}0", "%C3%BF", "..", "-")
Ask = Callable[..., tuple[int, str]]


def routes(*, holds: str = "") -> list[object]:
    """Names of the routes that have `holds` in their pattern."""
    return [
        # Views of events read rows in threads of their own.
        pytest.param(name, marks=[pytest.mark.django_db(transaction=True)] if "events" in name else [])
        for name, route in ROUTES.items()
        if holds in str(route.pattern)
    ]


def path_of(name: str, value: str = str(uuid.UUID(int=7))) -> str:
    """The address of the route with `value`, the id of no row, for its ids."""
    path = re.sub(r"<uuid:\w+>", value, str(ROUTES[name].pattern))
    return "/api/v1/" + re.sub(r"<\w+:\w+>", "none", path)


def senders(name: str) -> set[str]:
    """The methods of the route that read JSON."""
    view = getattr(ROUTES[name].callback, "view_class", None)
    reads = view is not None and StrictJSONParser in view.parser_classes
    return methods_of(ROUTES[name]) & {"POST", "PATCH"} if reads else set()


@pytest.fixture
def ask(cast) -> Ask:
    """`ask(method, path, …)`: status and code of the answer, whose form it has checked."""
    secret = make_api_key(owner=cast.owner, name="test", scopes=Scope)[1]
    client = Client(headers={"X-API-Key": secret}, raise_request_exception=False)

    def ask(method: str, path: str, body: bytes = b"", kind: str = JSON, **headers: str) -> tuple[int, str]:
        answer = client.generic(method, path, body, content_type=kind, headers=headers)
        assert answer["Content-Type"] == JSON
        error = answer.json()["error"]
        assert (error.keys(), bool(error["message"])) == ({"code", "message", "details", "request_id"}, True)
        assert (error["request_id"], STATUS[error["code"]]) == (answer["X-Request-ID"], answer.status_code)
        return answer.status_code, error["code"]

    return ask


@pytest.mark.parametrize("name", routes())
def test_another_method(ask, name):
    others = METHODS - methods_of(ROUTES[name])
    assert {ask(method, path_of(name)) for method in others} == {(405, "method_not_allowed")}


@pytest.mark.parametrize("name", list(filter(senders, ROUTES)))
def test_a_body_that_cannot_be_read(ask, name):
    path, large = path_of(name), json.dumps({"a": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}).encode()
    for method in senders(name):
        kinds = {ask(method, path, b"seed=5", kind) for kind in OTHER_KINDS}
        assert kinds == {(415, "unsupported_media_type")}
        assert {ask(method, path, body) for body in NO_JSON} == {(400, "malformed_request")}
        assert ask(method, path, large) == (413, "body_too_large")


@pytest.mark.parametrize("name", list(filter(senders, ROUTES)))
def test_a_body_with_other_fields(ask, name):
    for method in senders(name):
        answers = {ask(method, path_of(name), body) for body in NO_BODY}
        assert answers == {(422, "invalid_parameters")}


@pytest.mark.parametrize("name", routes())
def test_an_unknown_field_of_the_address(ask, name):
    # Whether somebody may see a job is asked before the query of its events is read.
    streams_one = "events" in name and "<uuid:" in str(ROUTES[name].pattern)
    refused = (404, "not_found") if streams_one else (422, "invalid_parameters")
    for method in methods_of(ROUTES[name]) & {"GET", "POST", "PATCH", "DELETE"}:
        assert ask(method, f"{path_of(name)}?no_such_field=1", b"{}") == refused


@pytest.mark.parametrize("name", routes())
def test_nul_in_the_address(ask, name):
    for path in (f"{path_of(name)}?no_such_field=%00", f"{path_of(name)}%00"):
        assert ask("GET", path) == (400, "malformed_request")


@pytest.mark.parametrize("name", routes(holds="<uuid:"))
def test_what_is_no_id(ask, name):
    assert {ask("GET", path_of(name, value)) for value in NO_ID} == {(404, "not_found")}


def test_the_request_may_bring_its_own_id(ask):
    """One that is malformed is replaced, in the header and in the body alike."""
    for given in ("my-reference", "x" * 1000, "a b\tc", "\u00ff"):
        assert ask("GET", "/api/v1/nothing", **{"X-Request-ID": given}) == (404, "not_found")
