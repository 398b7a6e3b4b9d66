"""Connections by the API: what is connected, which folders there are to choose from, and how one is ended."""

from dataclasses import replace

import pytest
from django.utils import timezone

from creator.platform.models import AuditLine
from drive.enums import Trouble
from drive.models import Connection
from tests.drive.api.conftest import refused, send
from tests.drive.google.conftest import connect, google  # noqa: F401  (fixtures)


def test_it_says_what_is_connected_and_nothing_of_its_access(api, connection):
    answer = send(api, "GET", "connections")
    (found,) = answer.json()["connections"]
    assert found == {
        "id": str(connection.pk),
        "kind": "folder",
        "label": "Folder of this server",
        "state": "connected",
        "message": "",
        "checked_at": None,
        "created_at": found["created_at"],
    }
    assert connection.account not in answer.text
    assert send(api, "GET", f"connections/{connection.pk}").json() == found


def test_where_google_is_offered_a_person_connects_it_in_a_browser(api, settings):
    assert send(api, "GET", "connections").json()["connect_url"] is None
    settings.CONFIG = replace(settings.CONFIG, google_drive="restricted", google_client_id="id")
    assert send(api, "GET", "connections").json()["connect_url"] == "http://testserver/drive/google/connect/"


@pytest.mark.parametrize(
    ("fields", "state", "words"),
    [
        ({"failures": 2}, "away", "did not answer 2 times in a row"),
        ({"trouble": Trouble.ACCESS_LOST}, "disconnected", "Connect again"),
    ],
)
def test_what_is_wrong_with_one_is_said_in_words(api, connection, fields, state, words):
    Connection.objects.update(**fields)
    found = send(api, "GET", f"connections/{connection.pk}").json()
    assert found["state"] == state
    assert words in found["message"]


def test_folders_are_browsed(api, connection, root):
    (root / "inbox" / "nested").mkdir()
    path = f"connections/{connection.pk}/folders"
    (top,) = send(api, "GET", path).json()["folders"]
    inside = send(api, "GET", f"{path}?parent={top['id']}").json()["folders"]
    assert [each["name"] for each in inside] == ["inbox", "outbox"]
    (nested,) = send(api, "GET", f"{path}?parent=inbox").json()["folders"]
    assert nested == {"id": "inbox/nested", "name": "nested", "is_readable": True, "is_writable": True}
    assert refused(send(api, "GET", f"{path}?parent=nowhere")) == (422, "invalid_parameters", {"parent"})
    assert refused(send(api, "GET", f"{path}?parent=../..")) == (422, "invalid_parameters", {"parent"})


def test_ending_one_forgets_it(api, connection):
    answer = send(api, "DELETE", f"connections/{connection.pk}")
    assert (answer.status_code, answer.json()) == (200, {"was_told": True})
    assert send(api, "GET", "connections").json()["connections"] == []
    assert send(api, "DELETE", f"connections/{connection.pk}").status_code == 404
    assert AuditLine.objects.filter(action="drive_disconnected").count() == 1


def test_a_google_drive_is_browsed_and_ended(api, person, google, connect):  # noqa: F811  (the fixtures)
    connection = connect(person)
    path = f"connections/{connection.pk}"
    folders = send(api, "GET", f"{path}/folders?parent=root").json()["folders"]
    assert [each["name"] for each in folders] == ["inbox", "outbox"]
    assert send(api, "DELETE", path).json() == {"was_told": True}
    connection.refresh_from_db()
    assert connection.access == ""


def test_others_find_nothing(other, connection):
    path = f"connections/{connection.pk}"
    for method, each in (("GET", path), ("GET", f"{path}/folders"), ("DELETE", path)):
        assert refused(send(other, method, each)) == (404, "not_found", set())
    assert send(other, "GET", "connections").json()["connections"] == []


def test_one_that_was_ended_is_not_there(api, connection):
    Connection.objects.update(disconnected_at=timezone.now())
    assert send(api, "GET", f"connections/{connection.pk}").status_code == 404
