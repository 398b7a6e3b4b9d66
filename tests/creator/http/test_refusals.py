"""Every error has one code and reveals no internals. Programs get an envelope, people get a page."""

import re

import pytest

from creator.lib.errors import STATUS, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.creator.odd_urls")]
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html"}
WAYS = [
    ("/nothing-here", 404, "not_found"),
    ("/breaks", 500, "internal_error"),
    ("/loses-the-database", 503, "service_unavailable"),
    ("/forbids", 403, "not_allowed"),
    ("/suspects", 400, "malformed_request"),
    ("/refuses/too_late", 409, "too_late"),
    ("/refuses-later", 409, "too_late"),
    ("/files/forged/x.png", 404, "not_found"),
]


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("path", "status", "code"), WAYS)
def test_a_program_gets_the_envelope(visitor, path, status, code):
    answer = visitor.get(path, headers=JSON | {"x-request-id": "asked-for-by-me"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], set(error)) == (
        status,
        code,
        {"code", "message", "details", "request_id"},
    )
    assert (error["request_id"], answer["X-Request-ID"]) == ("asked-for-by-me", "asked-for-by-me")


@pytest.mark.parametrize(("path", "status", "code"), WAYS)
def test_a_person_gets_a_page_with_the_reference(visitor, path, status, code):
    answer = visitor.get(path, headers=HTML)
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (status, "text/html")
    assert answer["X-Request-ID"] in page


@pytest.mark.parametrize("headers", [JSON, HTML], ids=["json", "html"])
@pytest.mark.parametrize("path", [path for path, _, _ in WAYS])
def test_nothing_of_our_inside_is_told(visitor, path, headers):
    answer = visitor.get(path, headers=headers)
    said = answer.content.decode() + str(dict(answer.items()))
    assert re.findall(r"secret|Traceback|ValueError|\.py\b|odd_urls", said) == []


@pytest.mark.parametrize("code", STATUS)
def test_every_code_has_its_status(visitor, code):
    answer = visitor.get(f"/refuses/{code}", headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (STATUS[code], code)
    assert answer.json()["error"]["details"] == {"grain": "Too much."}


def test_words_are_escaped_on_the_page(visitor):
    assert "<b>like</b>" not in visitor.get("/refuses/too_late", headers=HTML).content.decode()


def test_an_unknown_code_is_a_fault_of_ours_and_found_at_once():
    with pytest.raises(KeyError):
        _ = Refused("no_such_code", "").status


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "with space in it", "line\nbreak-in-it", "ünïcödé-letters", "<script>alert"]
)
def test_a_request_id_that_is_not_sane_is_replaced(visitor, given):
    answer = visitor.get("/fine", headers={"x-request-id": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_each_request_gets_an_id_of_its_own(visitor):
    assert len({visitor.get("/fine")["X-Request-ID"] for _ in range(3)}) == 3
