"""People are told once why a folder waits, that a connection ended, and what was made in a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from creator.platform.models import Delivery
from drive import notifications, pausing
from drive.enums import FileState, Pause, Trouble
from drive.queries import midnight
from tests.jobs.lifecycle import rows


def told(person, kind):
    return [each.facts for each in Notification.objects.filter(user=person, kind=kind)]


def test_a_pause_is_told_once_with_why(person, watch):
    folder = watch(pause=Pause.CAP, paused_at=timezone.now())
    for _ in range(2):
        notifications.tell_paused(folder)
    (facts,) = told(person, "folder_paused")
    assert facts["folder"] == "inbox"
    assert "midnight UTC" in facts["why"]
    assert Delivery.objects.filter(kind="mail").count() == 1
    folder.paused_at += timedelta(days=1)
    notifications.tell_paused(folder)
    assert len(told(person, "folder_paused")) == 2


def test_another_reason_to_wait_is_told_and_the_same_is_not(person, folder):
    for why, words in ((Pause.CAP, "a"), (Pause.CAP, "b"), (Pause.CREDITS, "c"), (Pause.CREDITS, "d")):
        pausing.pause_folder(folder, why, words)
    assert (folder.pause, folder.pause_words) == (Pause.CREDITS, "c")
    assert len(told(person, "folder_paused")) == 2


@pytest.mark.parametrize("pause", [Pause.OWNER, Pause.INPUT_GONE, Pause.FULL])
def test_what_a_folder_waits_for_replaces_no_other_pause(watch, pause):
    folder = watch(pause=pause, paused_at=timezone.now())
    assert not pausing.pause_folder(folder, Pause.CREDITS)
    assert folder.pause == pause


def test_an_ended_connection_is_told_once(person, connection):
    connection.trouble, connection.troubled_at = Trouble.ACCESS_LOST, timezone.now()
    for _ in range(2):
        notifications.tell_disconnected(connection)
    assert told(person, "drive_disconnected") == [
        {"place": "Folder of this server", "label": connection.label, "why": "access_lost"}
    ]


def test_a_day_tells_what_was_made_and_spent(person, folder, take, monkeypatch):
    slow = rows.slow_preset()
    for name, status in (
        ("a.jpg", "completed"),
        ("b.jpg", "completed"),
        ("c.jpg", "failed"),
        ("d.jpg", "queued"),
    ):
        take(name, job=rows.put_into(rows.submit_one(person, slow), status), price=2)
    assert notifications.send_digests() == 0
    tomorrow = midnight() + notifications.DAY
    monkeypatch.setattr(notifications, "midnight", lambda: tomorrow)
    assert notifications.send_digests() == 1
    (facts,) = told(person, "folders_digest")
    assert (facts["made"], facts["refused"], facts["spent"]) == (2, 0, 4)


def test_a_day_without_work_is_not_told(person, folder, find):
    find("a.jpg", state=FileState.TAKEN)
    assert notifications.send_digests() == 0


def test_a_day_with_refused_files_is_told_once(person, folder, find):
    noon = midnight() - timedelta(hours=12)
    for name, at in (("a.jpg", noon), ("b.jpg", noon), ("today.jpg", timezone.now())):
        file = find(name, state=FileState.REFUSED)
        type(file).objects.filter(pk=file.pk).update(found_at=at)
    for _ in range(2):
        assert notifications.send_digests() == 1
    (facts,) = told(person, "folders_digest")
    assert (facts["made"], facts["refused"], facts["spent"]) == (0, 2, 0)
    assert Delivery.objects.filter(kind="mail").count() == 1
