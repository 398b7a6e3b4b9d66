"""`POST /uploads` with an address: the file there is taken like one that was sent."""

import io
from dataclasses import replace

import pytest
from django.db import connection

from creator.lib.errors import Refused
from creator.lib.scratch import scratch_folder
from jobs.models import Upload
from jobs.uploads import fetching
from tests.creator.lib.outside.hostile import Listener, answering, redirecting, sending
from tests.jobs.uploads.pictures import quadrants

HEAD = b"HTTP/1.1 200 OK\r\n"


def png() -> bytes:
    buffer = io.BytesIO()
    quadrants().save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def served(settings):
    """Serves what it is given, at the address that it returns, which may be visited."""
    listeners = []

    def serve(how) -> str:
        listeners.append(Listener(how))
        place = f"127.0.0.1:{listeners[-1].port}"
        settings.CONFIG = replace(settings.CONFIG, outside_allowed_hosts=(place,))
        return f"http://{place}"

    yield serve
    for each in listeners:
        each.close()


def ask(api, url, **headers):
    return api.post("/api/v1/uploads", {"url": url}, content_type="application/json", headers=headers)


def error_of(answer) -> dict:
    return {"status": answer.status_code} | answer.json()["error"]


def test_a_photo_at_an_address_is_taken_like_one_that_was_sent(api, cast, served):
    answer = ask(api, f"{served(answering(png()))}/pictures/my%20fig.png?size=large#top")
    kept = Upload.objects.get(owner=cast.owner)
    assert (answer.status_code, answer.json()["id"]) == (201, str(kept.id))
    assert (kept.name, kept.width, kept.height) == ("my fig.png", 64, 48)
    assert not list(scratch_folder().iterdir())


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        (answering(b"<html>"), "unsupported_image", "“fig.png”"),
        (
            answering(b"", status="404 Not Found"),
            "invalid_parameters",
            "The server answered with status 404.",
        ),
        (redirecting("http://169.254.169.254/latest/"), "invalid_parameters", "on the public internet."),
        (redirecting("/fig.png"), "invalid_parameters", "The server redirects too often."),
        (sending(HEAD + b"Content-Length: 99999999999\r\n\r\n"), "body_too_large", "MB"),
        (sending(b"220 mail\r\n"), "invalid_parameters", "The server did not answer as a web server does."),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(api, served, how, code, words):
    error = error_of(ask(api, f"{served(how)}/fig.png"))
    assert (error["code"], Upload.objects.count()) == (code, 0)
    assert words in error["message"]
    if code == "invalid_parameters":
        assert words in error["details"]["url"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": ""},
        {"url": 7},
        {"url": None},
        {"url": ["http://a.example/"]},
        {"url": "http://a.example/", "name": "x"},
    ],
)
def test_an_address_and_nothing_else(api, body):
    answer = api.post("/api/v1/uploads", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_parameters")


def test_an_address_that_leads_inside_is_refused(api, served):
    served(answering(png()))  # allows only this one
    for url in ("http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"):
        assert error_of(ask(api, url))["status"] == 422


def test_a_slow_server_ends_and_the_person_is_told(api, served, monkeypatch):
    monkeypatch.setattr(fetching, "OUTSIDE_FETCH_S", 0.3)
    error = error_of(ask(api, f"{served(sending(HEAD, for_ever=b'a', pause_s=0.05))}/fig.png"))
    assert error["details"] == {"url": "The server did not answer in time."}


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_waits_for_the_server(api, served, monkeypatch):
    """The connection of this thread goes back to its pool before the visit."""
    seen = []

    def look(*_, **__):
        seen.append(connection.connection)
        raise fetching.Away("Later.")

    monkeypatch.setattr(fetching, "fetch", look)
    ask(api, served(answering(b"")))
    assert seen == [None]


def test_few_servers_are_waited_for_at_a_time(api, cast, served, monkeypatch):
    """Of one person, and of all: the others are told at once, and the places come free again."""
    monkeypatch.setattr(fetching, "AT_ONCE", 3)
    url = served(answering(png()))
    with fetching.place_to_fetch(cast.owner.pk), fetching.place_to_fetch(cast.owner.pk):
        answer = ask(api, url)
        assert (answer.status_code, answer["Retry-After"]) == (429, "5")
        with (
            fetching.place_to_fetch(cast.other.pk),
            pytest.raises(Refused) as refused,
            fetching.place_to_fetch(cast.staff.pk),
        ):
            pass
    assert refused.value.code == "service_unavailable"
    assert (ask(api, url).status_code, len(fetching._open)) == (201, 0)


def test_a_repeated_key_stores_one_photo(api, served):
    visits = []

    def serve(connection):
        visits.append(1)
        answering(png())(connection)

    url = served(serve)
    first, again = (ask(api, url, **{"Idempotency-Key": "photo-1"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, again["Idempotency-Replayed"]) == (again.content, "true")
    assert (Upload.objects.count(), len(visits)) == (1, 1)
    other = ask(api, f"{url}/other", **{"Idempotency-Key": "photo-1"})
    assert error_of(other)["code"] == "idempotency_conflict"


def test_every_fetch_counts_as_a_photo(api, cast, served):
    """Also one that fails: an address is not a way to have us visit servers without end."""
    left = [ask(api, served(answering(b"", status="500 No")))["X-RateLimit-Remaining"] for _ in range(2)]
    assert int(left[0]) - int(left[1]) == 1
