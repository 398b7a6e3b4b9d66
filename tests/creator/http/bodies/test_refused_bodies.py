"""What a client hears of a refused body: an answer like all others, which arrives."""

import re
from contextlib import contextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from creator.http.bodies import pace
from creator.http.bodies.terms import MIB
from creator.lib.scratch import scratch_folder
from tests.creator.http.bodies.clients import (
    JSON,
    PAGE,
    door,
    drops,
    parts,
    raw,
    signed_in,
    under_way,
    unfinished,
)
from tests.jobs.execution.running import eventually

pytestmark = pytest.mark.django_db(transaction=True)
BIG = MIB + 1
OF_EVERY_ANSWER = (
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
)


@pytest.fixture
def browser(site, cast):
    return signed_in(site, cast.owner)


@contextmanager
def too_large(browser, settings, headers):
    yield browser.post("/uploads/", content=parts(45 * MIB), headers=headers), 413


@contextmanager
def too_slow(browser, settings, headers):
    settings.CONFIG = replace(settings.CONFIG, body_seconds=0.2)
    yield browser.post("/uploads/", content=drops(0.5), headers=headers), 408


@contextmanager
def too_many(browser, settings, headers):
    settings.CONFIG = replace(settings.CONFIG, uploads_per_person=1)
    with unfinished(browser):
        yield browser.post("/uploads/", content=parts(12 * MIB), headers=headers), 429


@contextmanager
def too_many_from_here(browser, settings, headers):
    settings.CONFIG = replace(settings.CONFIG, uploads_per_address=2)
    with unfinished(browser, count=2):
        yield browser.post("/uploads/", content=parts(12 * MIB), headers=headers), 429


@contextmanager
def no_room(browser, settings, headers):
    settings.CONFIG = replace(settings.CONFIG, keep_free_mib=10**9)
    yield browser.post("/uploads/", content=parts(12 * MIB), headers=headers), 503


@pytest.mark.parametrize("accept", [JSON, PAGE], ids=["json", "page"])
@pytest.mark.parametrize("refused", [too_large, too_slow, too_many, too_many_from_here, no_room])
def test_it_is_an_answer_like_all_others(browser, settings, refused, accept):
    normal = browser.get("/new/", headers=PAGE).headers
    with (
        capture_logs() as logs,
        refused(browser, settings, accept | {"X-Request-ID": "my-reference"}) as sent,
    ):
        answer, status = sent
    headers = answer.headers
    assert answer.status_code == status
    assert {name: headers[name] for name in OF_EVERY_ANSWER} == {
        name: normal[name] for name in OF_EVERY_ANSWER
    }
    assert (headers["Cache-Control"], headers["Connection"]) == ("private, no-store", "close")
    assert (headers["X-Request-ID"], "my-reference" in answer.text) == ("my-reference", True)
    assert ("Retry-After" in headers) == (status in (429, 503))
    assert ("<h1>" in answer.text, '"code"' in answer.text) == (accept is PAGE, accept is JSON)
    assert (status, "/uploads/") in [
        (line["status"], line["path"]) for line in logs if line["event"] == "request"
    ]


@pytest.mark.parametrize("given", [{}, {"X-Request-ID": "<script>alert"}])
def test_without_a_sane_reference_it_has_one_of_its_own(site, given):
    answer = site.post("/home/", content=parts(BIG), headers=JSON | given)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert answer.json()["error"]["request_id"] == answer.headers["X-Request-ID"]


def test_a_page_leads_back_to_its_form(site):
    answer = site.post("/accounts/login/", content=parts(BIG), headers=PAGE)
    assert "<h1>Too large</h1>" in answer.text
    assert 'href="/accounts/login/"' in answer.text
    assert 'href="/static/css/app.css"' in answer.text


def test_a_declared_giant_is_refused_before_it_is_sent(site):
    assert raw(site, "/accounts/login/", {"Content-Length": str(10**15)})[0] == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_a_path_that_takes_short_messages_refuses_longer_ones_unread(site, chunked):
    most = door().small["/stripe/webhook/"]
    assert site.post("/stripe/webhook/", content=b"x" * most, headers=JSON).status_code == 404
    content = parts(most + 1) if chunked else b"x" * (most + 1)
    answer = site.post("/stripe/webhook/", content=content, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert "256 KiB" in answer.json()["error"]["message"]


def test_the_server_goes_on_after_a_refusal(site):
    for _ in range(3):
        assert site.post("/accounts/login/", content=b"x" * BIG).status_code == 413
        assert site.get("/health").status_code == 200


@pytest.mark.parametrize("path", ["/accounts/login/", "/uploads/", "/new/", "/api/v1/jobs"])
def test_a_slow_body_is_ended_whoever_sends_it(browser, monkeypatch, path):
    monkeypatch.setattr(pace, "PATIENCE_S", 0.3)
    answer = browser.post(path, content=drops(0.2), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (408, "too_slow")
    assert answer.headers["Connection"] == "close"


def test_three_at_a_time_have_places_and_one_more_is_told_to_wait(browser, settings):
    settings.CONFIG = replace(settings.CONFIG, uploads_per_person=3)
    with unfinished(browser, count=3):
        answer = browser.post("/uploads/", content=b"x" * 3000, headers=JSON)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        assert "3 uploads of yours are under way" in answer.json()["error"]["message"]
        assert browser.post("/theme/", content=b"x" * 3000, headers=JSON).status_code == 403
    assert browser.post("/uploads/", content=b"x" * 3000, headers=JSON).status_code == 403


def test_another_person_has_places_of_their_own(browser, settings, cast):
    settings.CONFIG = replace(settings.CONFIG, uploads_per_person=1)
    with unfinished(browser):
        other = signed_in(browser, cast.other)
        assert other.post("/uploads/", content=b"x", headers=JSON).status_code == 403


def test_the_next_upload_may_follow_its_answer_at_once(browser, settings):
    settings.CONFIG = replace(settings.CONFIG, uploads_per_person=1)
    for _ in range(20):
        assert browser.post("/uploads/", content=b"x" * 3000, headers=JSON).status_code == 403


def test_a_client_that_goes_away_leaves_neither_places_nor_files(browser):
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    for _ in range(3):
        with unfinished(
            browser,
            content=head + b"x" * 200_000,
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        ):
            eventually(lambda: [each for each in scratch_folder().iterdir() if each.stat().st_size])
    eventually(lambda: not list(scratch_folder().iterdir()) and not under_way())
