"""Both clients: what they send, when they send it again, and what they raise."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from creator_client import Client, Invalid, JobFailed, LimitReached, NotFound, ServerError, Unreachable, calls

from jobs.streaming.messages import heartbeat
from jobs.streaming.sse import encode_event
from tests.clients.conftest import KEY, SITE, Site

JOB = "00000000-0000-4000-8000-000000000001"
BODY = {"preset": "cinematic"}


def refusal(status: int, code: str, **headers: str) -> httpx2.Response:
    error = {"code": code, "message": "Not now.", "details": {"field": "why"}, "request_id": "r1"}
    return httpx2.Response(status, json={"error": error}, headers=headers)


def stream(*messages: dict[str, object]) -> httpx2.Response:
    text = "".join(f"id: {each['sequence']}\ndata: {json.dumps(each)}\n\n" for each in messages)
    return httpx2.Response(200, text=f": hello\n\n{text}", headers={"Content-Type": "text/event-stream"})


def message(sequence: int, *, terminal: bool = False) -> dict[str, object]:
    return {"type": "update", "job_id": JOB, "sequence": sequence, "terminal": terminal}


def finished(**fields: object) -> dict[str, object]:
    result = {"kind": "result", "url": f"{SITE}/files/x/photo-cinematic.png"}
    whole = {
        "id": JOB,
        "name": "photo.jpg",
        "preset": "cinematic",
        "output_format": "png",
        "status": "completed",
    }
    return whole | {"artifacts": [result], "error": None, "files_purged_at": None} | fields


def test_a_photo_becomes_a_picture(client_of, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg")
    site = Site(
        httpx2.Response(201, json={"id": "u1"}),
        httpx2.Response(202, json={"job_id": JOB}),
        stream(message(1), message(2, terminal=True)),
        httpx2.Response(200, json=finished()),
        httpx2.Response(200, content=b"png", headers={"Content-Type": "image/png"}),
    )
    heard: list[int] = []
    picture = client_of(site).run(
        "cinematic", photo, seed=7, on_message=lambda each: heard.append(each["sequence"])
    )
    assert (picture.content, heard) == (b"png", [1, 2])
    assert picture.save(tmp_path) == tmp_path / "photo-cinematic.png"
    assert [(each.method, each.url.path) for each in site.asked] == [
        ("POST", "/api/v1/uploads"),
        ("POST", "/api/v1/jobs"),
        ("GET", f"/api/v1/jobs/{JOB}/events"),
        ("GET", f"/api/v1/jobs/{JOB}"),
        ("GET", "/files/x/photo-cinematic.png"),
    ]
    assert json.loads(site.asked[1].content) == {"preset": "cinematic", "upload_id": "u1", "seed": 7}
    assert b'filename="photo.jpg"' in site.asked[0].content
    assert {each.headers["Authorization"] for each in site.asked} == {f"Bearer {KEY}"}


def test_a_repeated_try_has_the_same_key(client_of):
    site = Site(httpx2.ConnectError("no"), refusal(503, "service_unavailable"), httpx2.Response(202, json={}))
    client_of(site).call(calls.create_job(BODY))
    keys = {each.headers["Idempotency-Key"] for each in site.asked}
    assert (len(site.asked), len(keys)) == (3, 1)


def test_two_calls_have_two_keys(client_of):
    site = Site(*[httpx2.Response(202, json={})] * 2)
    client = client_of(site)
    for _ in range(2):
        client.call(calls.create_job(BODY))
    assert len({each.headers["Idempotency-Key"] for each in site.asked}) == 2


def test_it_waits_as_long_as_it_is_asked_to(client_of):
    pauses: list[float] = []
    site = Site(refusal(429, "rate_limited", **{"Retry-After": "7"}), httpx2.Response(200, json={}))
    client_of(site, pauses).call(calls.get_me())
    assert pauses == [7.0]


def test_it_does_not_wait_for_an_hour(client_of):
    site = Site(refusal(429, "rate_limited", **{"Retry-After": "3600"}))
    with pytest.raises(LimitReached):
        client_of(site).call(calls.get_me())


def test_it_gives_up_after_five_tries(client_of):
    pauses: list[float] = []
    site = Site(*[refusal(503, "service_unavailable")] * 5)
    with pytest.raises(ServerError):
        client_of(site, pauses).call(calls.get_me())
    assert len(site.asked) == 5
    assert [low <= pause <= 2 * low for low, pause in zip((0.25, 0.5, 1, 2), pauses, strict=True)] == [
        True
    ] * 4


def test_what_could_be_done_twice_is_not_sent_again(client_of):
    site = Site(httpx2.ReadTimeout("late"))
    with pytest.raises(Unreachable, match="does not answer"):
        client_of(site).call(calls.update_account({"name": "A"}))
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(422, Invalid), (404, NotFound), (410, NotFound), (500, ServerError)]
)
def test_a_refusal_says_what_the_server_said(client_of, status, kind):
    site = Site(refusal(status, "some_code"))
    with pytest.raises(kind) as raised:
        client_of(site).call(calls.get_job(JOB))
    error = raised.value
    assert (str(error), error.code, error.details, error.request_id, len(site.asked)) == (
        "Not now.",
        "some_code",
        {"field": "why"},
        "r1",
        1,
    )


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b'{"error": "text"}', b""])
def test_an_answer_of_a_server_between(client_of, body):
    site = Site(*[httpx2.Response(502, content=body) for _ in range(5)])
    with pytest.raises(ServerError, match="The server answered 502"):
        client_of(site).call(calls.get_me())


def test_events_go_on_after_the_last_one(client_of):
    site = Site(
        stream(message(1), message(2)),
        httpx2.ConnectError("no"),
        refusal(503, "service_unavailable"),
        stream(message(3, terminal=True)),
    )
    assert [each["sequence"] for each in client_of(site).events(JOB)] == [1, 2, 3]
    assert [each.headers.get("Last-Event-ID") for each in site.asked] == [None, "2", "2", "2"]


def test_heartbeats_are_no_messages(client_of):
    """A job that waits says nothing new for a while: the server sends a heartbeat after 15 s."""
    silence = encode_event(1, heartbeat(UUID(JOB), 1)).decode()
    quiet = httpx2.Response(200, text=stream(message(1)).text + silence)
    site = Site(quiet, stream(message(2, terminal=True)))
    assert [each["sequence"] for each in client_of(site).events(JOB)] == [1, 2]


@pytest.mark.parametrize("begun", ["id: 2\n", 'id: 2\ndata: {"type": "upd', "id: 2\ndata: {}\n"])
def test_an_event_that_broke_off_is_asked_for_again(client_of, begun):
    broken = httpx2.Response(200, text=stream(message(1)).text + begun)
    site = Site(broken, stream(message(2), message(3, terminal=True)))
    assert [each["sequence"] for each in client_of(site).events(JOB)] == [1, 2, 3]
    assert site.asked[1].headers["Last-Event-ID"] == "1"


def test_run_makes_no_batch(client_of):
    site = Site()
    with pytest.raises(ValueError, match="one picture"):
        client_of(site).run("cinematic", "photo.jpg", variations=2)
    assert site.asked == []


def test_events_of_a_job_that_has_ended(client_of):
    site = Site(httpx2.Response(204))
    assert list(client_of(site).events(JOB, after=9)) == []
    assert site.asked[0].headers["Last-Event-ID"] == "9"


def test_events_that_are_refused(client_of):
    with pytest.raises(NotFound):
        list(client_of(Site(refusal(404, "not_found"))).events(JOB))


def test_a_job_without_a_picture(client_of):
    failed = finished(
        artifacts=[], status="failed", error={"code": "timeout", "message": "It took too long."}
    )
    with pytest.raises(JobFailed, match="too long") as raised:
        client_of(Site()).picture_of(failed)
    assert (raised.value.job_id, raised.value.code) == (JOB, "timeout")


def test_the_key_is_not_sent_to_a_store_of_files(client_of):
    store = "https://files.example.net/bucket/key"
    site = Site(httpx2.Response(302, headers={"Location": store}), httpx2.Response(200, content=b"png"))
    assert client_of(site).picture_of(finished()).content == b"png"
    assert ["Authorization" in each.headers for each in site.asked] == [True, False]
    elsewhere = finished(artifacts=[{"kind": "result", "url": store}])
    direct = Site(httpx2.Response(200, content=b"png"))
    client_of(direct).picture_of(elsewhere)
    assert "Authorization" not in direct.asked[0].headers


def test_all_pages_are_read(client_of):
    more = f"{SITE}/api/v1/jobs?cursor=abc&status=failed"
    site = Site(
        httpx2.Response(200, json={"jobs": [{"id": "1"}, {"id": "2"}], "next": more}),
        httpx2.Response(200, json={"jobs": [{"id": "3"}], "next": None}),
    )
    assert [each["id"] for each in client_of(site).jobs(status="failed")] == ["1", "2", "3"]
    assert [str(each.url.query, "ascii") for each in site.asked] == [
        "status=failed",
        "cursor=abc&status=failed",
    ]


def test_an_upload_says_how_far_it_is(client_of, tmp_path: Path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(bytes(200_000))
    told: list[tuple[int, int]] = []
    site = Site(httpx2.Response(201, json={"id": "u1"}))
    client_of(site).upload(photo, on_progress=lambda sent, size: told.append((sent, size)))
    assert told[-1] == (200_000, 200_000)
    assert [sent for sent, _ in told] == sorted({sent for sent, _ in told})


def test_an_upload_is_read_again_for_each_try(client_of, tmp_path: Path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"the photo")
    site = Site(httpx2.ConnectError("no"), httpx2.Response(201, json={"id": "u1"}))
    client_of(site).upload(photo)
    assert [b"the photo" in each.content for each in site.asked] == [True, True]


def test_without_a_key(monkeypatch):
    monkeypatch.delenv("CREATOR_KEY", raising=False)
    with pytest.raises(ValueError, match="CREATOR_KEY"):
        Client(SITE)


def test_site_and_key_of_the_environment(monkeypatch):
    monkeypatch.setenv("CREATOR_KEY", "k")
    monkeypatch.setenv("CREATOR_SITE", "https://one.example.org/")
    client = Client()
    assert (client.site.url, client.site.key) == ("https://one.example.org", "k")
