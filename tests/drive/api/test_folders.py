"""Watched folders by the API: watched once, read, changed, paused and ended, each only by their owner."""

import pytest

from drive.enums import Pause
from drive.models import WatchedFolder
from tests.drive.api.conftest import refused, send


@pytest.fixture
def asked(connection):
    return {"connection_id": str(connection.pk), "input_id": "inbox", "preset": "cinematic"}


def test_a_folder_is_watched_once_however_often_it_is_asked(api, asked, connection):
    answers = [send(api, "POST", "folders", asked, **{"Idempotency-Key": "one"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[1]["Idempotency-Replayed"] == "true"
    made = answers[0].json()
    assert answers[1].json() == made
    folder = WatchedFolder.objects.get()
    assert made == {
        "id": str(folder.pk),
        "connection_id": str(connection.pk),
        "input_id": "inbox",
        "input_name": "inbox",
        "output_id": "outbox",
        "output_name": "outbox",
        "preset": "cinematic",
        "parameters": folder.parameters,
        "output_format": "png",
        "writes_sidecar": False,
        "daily_cap": None,
        "state": "watching",
        "paused_for": "",
        "message": "New pictures in inbox are made with cinematic.",
        "checked_at": None,
        "spent_today": 0,
        "files_waiting": 0,
        "created_at": made["created_at"],
    }
    assert send(api, "GET", "folders").json() == {"folders": [made]}
    assert send(api, "GET", f"folders/{folder.pk}").json() == made
    assert refused(send(api, "POST", "folders", asked)) == (422, "invalid_parameters", {"input_id"})


def test_all_that_can_be_asked_is_stored(api, asked):
    more = {"output_format": "webp", "writes_sidecar": True, "daily_cap": 40, "takes_existing": True}
    made = send(api, "POST", "folders", asked | more | {"parameters": {"grain": 0.2}}).json()
    folder = WatchedFolder.objects.get()
    assert (folder.output_format, folder.writes_sidecar, folder.daily_cap) == ("webp", True, 40)
    assert folder.takes_from is None
    assert made["parameters"]["grain"] == 0.2


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"input_id": "nowhere"}, (422, "invalid_parameters", {"input_id"})),
        ({"input_id": "a" * 300}, (422, "invalid_parameters", {"input_id"})),
        ({"output_id": "nowhere"}, (422, "invalid_parameters", {"output_id"})),
        ({"preset": "none"}, (409, "preset_unavailable", {"preset"})),
        ({"parameters": {"grain": 9}}, (422, "invalid_parameters", {"grain"})),
        ({"daily_cap": 0}, (422, "invalid_parameters", {"daily_cap"})),
        ({"output_format": "gif"}, (422, "invalid_parameters", {"output_format"})),
        ({"input": "inbox"}, (422, "invalid_parameters", {"input"})),
        ({"connection_id": "00000000-0000-4000-8000-000000000007"}, (404, "not_found", set())),
    ],
)
def test_what_is_wrong_is_named(api, asked, more, refusal):
    assert refused(send(api, "POST", "folders", asked | more)) == refusal
    assert not WatchedFolder.objects.exists()


def test_nobody_watches_through_anothers_connection(other, asked):
    assert refused(send(other, "POST", "folders", asked)) == (404, "not_found", set())


def test_what_is_sent_is_changed_and_nothing_else(api, folder):
    before = send(api, "GET", f"folders/{folder.pk}").json()
    changed = send(api, "PATCH", f"folders/{folder.pk}", {"daily_cap": 9, "output_format": "jpeg"}).json()
    assert changed == before | {"daily_cap": 9, "output_format": "jpeg"}
    assert send(api, "PATCH", f"folders/{folder.pk}", {}).json() == changed
    assert send(api, "PATCH", f"folders/{folder.pk}", {"daily_cap": None}).json()["daily_cap"] is None
    other = send(api, "PATCH", f"folders/{folder.pk}", {"preset": "mono_film"}).json()
    assert other["preset"] == "mono_film"
    assert refused(send(api, "PATCH", f"folders/{folder.pk}", {"input_id": "x"}))[2] == {"input_id"}
    assert refused(send(api, "PATCH", f"folders/{folder.pk}", {"output_id": ""}))[2] == {"output_id"}


def test_it_is_paused_and_resumed(api, folder):
    paused = send(api, "POST", f"folders/{folder.pk}/pause").json()
    assert (paused["state"], paused["paused_for"]) == ("paused", Pause.OWNER)
    key = {"Idempotency-Key": "one"}
    resumed = send(api, "POST", f"folders/{folder.pk}/resume", **key).json()
    assert (resumed["state"], resumed["paused_for"]) == ("watching", "")
    send(api, "POST", f"folders/{folder.pk}/pause")
    assert send(api, "POST", f"folders/{folder.pk}/resume", **key)["Idempotency-Replayed"] == "true"
    folder.refresh_from_db()
    assert folder.pause == Pause.OWNER, "a late repeat of a request undoes nothing"


def test_it_is_ended(api, folder):
    assert send(api, "DELETE", f"folders/{folder.pk}").status_code == 204
    folder.refresh_from_db()
    assert folder.is_ended
    assert send(api, "GET", "folders").json() == {"folders": []}
    assert send(api, "DELETE", f"folders/{folder.pk}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/files"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("GET", "/again"),
        ("POST", "/again"),
    ],
)
def test_others_find_nothing(other, folder, method, path):
    assert refused(send(other, method, f"folders/{folder.pk}{path}")) == (404, "not_found", set())
    folder.refresh_from_db()
    assert (folder.is_ended, folder.pause, folder.runs) == (False, "", 0)


@pytest.mark.parametrize("path", ["folders", "folders/{0}", "folders/{0}/files", "connections"])
def test_what_is_unchanged_is_not_sent_again(api, folder, find, path):
    path = path.format(folder.pk)
    find()
    tag = send(api, "GET", path)["ETag"]
    known = send(api, "GET", path, **{"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")


def test_a_change_is_sent(api, folder, find):
    for path in ("folders", f"folders/{folder.pk}", f"folders/{folder.pk}/files"):
        tag = send(api, "GET", path)["ETag"]
        find(f"{len(path)}.jpg")
        assert send(api, "GET", path, **{"If-None-Match": tag}).status_code == 200


def test_queries_do_not_grow(api, watch, folder, find, django_assert_num_queries):
    send(api, "GET", "folders")
    with django_assert_num_queries(5):
        send(api, "GET", "folders")
    for number in range(5):
        watch(input_id=str(number))
        find(f"{number}.jpg")
    with django_assert_num_queries(5):
        send(api, "GET", "folders")
