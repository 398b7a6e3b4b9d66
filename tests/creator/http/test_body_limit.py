"""The limit on request bodies, tested through the server that the product runs on."""

import re
import socket
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from creator.http.body_limit import MIB, BodyLimit

pytestmark = pytest.mark.django_db(transaction=True)


def parts(size):
    """Yields `size` bytes in chunks, so the request declares no Content-Length."""
    for _ in range(size // 65536):
        yield b"x" * 65536
    yield b"x" * (size % 65536)


BIG = MIB + 1


@pytest.mark.parametrize("path", ["/accounts/login/", "/nothing-here", "/jobs/", "/home/", "/api/anything"])
@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused(site, path, declared):
    answer = site.post(path, content=b"x" * BIG if declared else parts(BIG))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (413, "body_too_large")
    assert "1 MB" in error["message"]


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_refusal_has_the_reference_that_was_asked_for_and_its_log_line(site, accept):
    with capture_logs() as logs:
        answer = site.post(
            "/home/", content=b"x" * BIG, headers={"X-Request-ID": "my-reference", "Accept": accept}
        )
    assert (answer.headers["X-Request-ID"], "my-reference" in answer.text) == ("my-reference", True)
    assert [(line["event"], line["status"], line["path"], line["request_id"]) for line in logs] == [
        ("request", 413, "/home/", "my-reference")
    ]


@pytest.mark.parametrize("given", [{}, {"X-Request-ID": "<script>alert"}])
def test_without_a_sane_reference_it_has_one_of_its_own(site, given):
    answer = site.post("/home/", content=parts(BIG), headers=given)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert answer.json()["error"]["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/accounts/login/", "/new/", "/uploads/"])
def test_a_browser_gets_the_same_as_a_page(site, settings, path):
    settings.CONFIG = replace(settings.CONFIG, max_upload_mib=1)
    usable = {"/new/": 10}.get(path, 1)
    body = parts((usable + 1) * MIB + 1)
    answer = site.post(path, content=body, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "<h1>Too large</h1>" in answer.text
    assert f"This is larger than {usable} MB, the most that is accepted here." in answer.text
    assert 'href="/static/css/app.css"' in answer.text


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_just_small_enough_gets_through(site, declared):
    answer = site.post("/nothing-here", content=b"x" * MIB if declared else parts(MIB))
    assert answer.status_code in (403, 404)


def test_a_declared_giant_is_refused_before_it_is_sent(site):
    head = f"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {10**15}\r\n\r\n"
    with socket.create_connection((site.base_url.host, site.base_url.port), timeout=30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_the_server_goes_on_after_a_refusal(site):
    for _ in range(3):
        assert site.post("/accounts/login/", content=b"x" * BIG).status_code == 413
        assert site.get("/health").status_code == 200


def test_photos_may_be_larger_than_everything_else(settings):
    from creator.asgi import larger_bodies

    photo = settings.CONFIG.max_upload_mib * MIB
    limit_of = BodyLimit(None, larger_bodies).limit_of
    assert (limit_of("/uploads/"), limit_of("/new/"), limit_of("/"), limit_of("/uploads/x")) == (
        photo + MIB,
        10 * photo + MIB,
        MIB,
        MIB,
    )
    assert larger_bodies() == {"/uploads/": photo, "/api/v1/uploads": photo, "/new/": 10 * photo}
