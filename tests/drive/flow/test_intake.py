"""One content under one folder's settings becomes one job, however it comes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import CreditAccount, Plan
from creator.lib.ttl_cache import clear_all
from creator.platform.lease import take_first
from creator.platform.models import Delivery
from creator.platform.outbox import Postponed
from drive import intake, pausing, watching
from drive.bell import look_now
from drive.connections import disconnect
from drive.enums import Pause, Trouble
from drive.folders import pause_by_owner, stop_watching
from drive.intake import take_file
from drive.models import Connection, FoundFile, Picture, WrittenFile
from drive.sources.base import AccessLost, Away, Vanished
from jobs.models import Job
from tests.drive.flow.conftest import photo


def test_a_photo_becomes_one_job_with_the_folders_settings(memory, folder, go):
    folder.output_format = "jpeg"
    folder.save()
    memory.put("IMG_2041.jpg", photo())
    assert go() == {"IMG_2041.jpg": "taken"}
    [job] = Job.objects.all()
    assert (job.preset_version.preset_id, job.output_format, job.name) == (
        "cinematic",
        "jpeg",
        "IMG_2041.jpg",
    )
    picture = Picture.objects.get()
    assert (picture.job, picture.price) == (job, job.price)
    assert picture.submitted_at
    go()
    assert Job.objects.count() == 1


def test_copies_and_renames_make_nothing_twice_and_a_changed_file_is_new(memory, folder, go):
    first = memory.put("a.jpg", photo())
    memory.put("copy of a.jpg", photo())
    go()
    memory.files[first] = ("in", "renamed.jpg", photo())
    memory.put("again.jpg", photo())
    go()
    assert Job.objects.count() == 1
    memory.files[first] = ("in", "renamed.jpg", photo("blue"))
    go()
    assert sorted(FoundFile.objects.values_list("state", flat=True)) == ["copy", "copy", "taken", "taken"]
    assert Job.objects.count() == Picture.objects.count() == 2


def test_other_settings_touch_only_files_that_come_later(memory, folder, go):
    memory.put("a.jpg", photo())
    go()
    folder.output_format = "webp"
    folder.save()
    Connection.objects.update(cursor="", reconcile_at="2026-01-01T00:00Z")
    go()
    assert Job.objects.count() == 1
    memory.put("b.jpg", photo())
    go()
    assert Job.objects.count() == 2


def test_no_picture_leaves_one_note_for_each_content(memory, folder, go):
    memory.put("IMG_1.jpg", b"no picture")
    memory.put("IMG_1 copy.jpg", b"no picture")
    memory.put("scan.psd", b"8BPS and so on")
    memory.put("letter.txt", b"text is left alone")
    memory.put("noise", b"without an ending, and no picture")
    states = go()
    assert states == {
        "IMG_1.jpg": "refused",
        "IMG_1 copy.jpg": "refused",
        "scan.psd": "refused",
        "noise": "ignored",
    }
    assert len(memory.names()) == 2
    [note] = [each for each in memory.names() if each.startswith("IMG_1")]
    assert note.endswith(".FAILED.txt")
    assert "IMG_1" in memory.content(note).decode()
    go()
    assert len(memory.names()) == 2
    assert not Job.objects.exists()


def test_our_own_files_are_never_taken_even_if_both_folders_are_one(memory, folder, go, end):
    folder.output_id = "in"
    folder.save()
    memory.put("a.jpg", photo())
    go()
    end(Job.objects.get(), content=photo("green", "PNG"))
    go()
    assert "a-cinematic.png" in memory.names("in")
    result = next(each for each, (_, name, _) in memory.files.items() if name == "a-cinematic.png")
    memory.put("moved back.png", photo("green", "PNG"))
    if memory.with_ids:
        memory.files[result] = ("in", "renamed by hand.png", photo("green", "PNG"))
    Connection.objects.update(cursor="")
    go()
    assert Job.objects.count() == 1
    assert FoundFile.objects.get(name="moved back.png").state == "ignored"


def test_what_is_there_already_is_left_alone_unless_it_is_asked_for(memory, folder, go):
    folder.takes_from = "2026-11-01T00:00Z"
    folder.save()
    memory.put("old.jpg", photo())
    go()
    memory.put("new.jpg", photo("blue"))
    assert go() == {"old.jpg": "ignored", "new.jpg": "taken"}


@pytest.mark.parametrize("hindrance", ["files settle", "the folder is away"])
def test_what_the_first_look_could_not_see_is_left_alone_too(memory, folder, go, hindrance):
    """Such as files that were copied there a moment before."""
    folder.takes_from = "2026-11-01T00:00Z"
    folder.save()
    if hindrance == "files settle":
        memory.settling_s = 2.0
    else:
        memory.folders_there.remove("in")
    go()
    memory.settling_s = None
    memory.folders_there.add("in")
    memory.put("old.jpg", photo())
    go()
    memory.put("new.jpg", photo("blue"))
    assert go() == {"old.jpg": "ignored", "new.jpg": "taken"}


def test_a_folder_that_is_added_during_a_look_is_gone_through_by_the_next(memory, folder, go):
    go()
    go()
    original = memory.look

    def look(folders, cursor):
        Connection.objects.update(reconcile_at=timezone.now())  # as `watch_folder` does
        return original(folders, cursor)

    memory.look = look
    Connection.objects.update(reconcile_at="2026-01-01T00:00Z")
    go()
    del memory.look
    go()
    go()
    assert memory.cursors == [None, "0", None, None, "0"]


def test_a_file_that_costs_nothing_does_not_end_the_wait_for_credits(memory, folder, go):
    pausing.pause_folder(folder, Pause.CREDITS)
    memory.put("broken.jpg", b"no picture")
    assert go() == {"broken.jpg": "refused"}
    folder.refresh_from_db()
    assert folder.pause == Pause.CREDITS
    memory.put("a.jpg", photo())
    go()
    folder.refresh_from_db()
    assert folder.pause == Pause.NONE


def test_a_folder_without_means_waits_and_goes_on_by_itself(memory, folder, go, due):
    account = CreditAccount.objects.get(owner=folder.owner)
    account.spend_cap = 0
    account.save()
    for colour in ("red", "green", "blue"):
        memory.put(f"{colour}.jpg", photo(colour))
    assert set(go().values()) == {"found"}
    folder.refresh_from_db()
    assert folder.pause == Pause.CREDITS
    assert folder.pause_words
    pausing.try_paused()
    assert set(go().values()) == {"found"}
    reads = memory.calls.count("read")
    due()
    go()
    assert memory.calls.count("read") - reads <= 1, "only the first file tries"
    account.spend_cap = None
    account.save()
    pausing.try_paused()
    go()
    assert set(go().values()) == {"taken"}
    folder.refresh_from_db()
    assert folder.pause == Pause.NONE


def test_the_daily_cap_is_never_passed(memory, folder, go, presets):
    price = presets["cinematic"].preset.price
    folder.daily_cap = 3 * price - 1
    folder.save()
    for colour in ("red", "green", "blue", "black"):
        memory.put(f"{colour}.jpg", photo(colour))
    assert sorted(go().values()) == ["found", "found", "taken", "taken"]
    folder.refresh_from_db()
    assert folder.pause == Pause.CAP
    assert f"{2 * price} of {folder.daily_cap} credits" in folder.pause_words
    Picture.objects.update(submitted_at="2026-01-01T00:00Z")
    pausing.try_paused()
    go()
    assert set(go().values()) == {"taken"}


def test_files_wait_while_their_owner_has_paused_the_folder(memory, folder, go, due):
    pausing.pause_folder(folder, Pause.OWNER)
    memory.put("a.jpg", photo())
    assert go() == {"a.jpg": "found"}
    due()
    assert go() == {"a.jpg": "found"}
    pausing.resume_folder(folder)
    assert go() == {"a.jpg": "taken"}


def test_a_source_that_is_away_is_asked_again(memory, folder, go, due):
    memory.put("a.jpg", photo())
    memory.fail["read"] = [Away("500"), Away("429", 7)]
    assert go() == {"a.jpg": "found"}
    due()
    assert go() == {"a.jpg": "found"}
    due()
    assert go() == {"a.jpg": "taken"}
    memory.fail["look"] = [Away("500"), Away("500")]
    memory.put("b.jpg", photo("blue"))
    go()
    go()
    go()
    assert Connection.objects.get().failures == 0
    assert FoundFile.objects.get(name="b.jpg").state == "taken"


def test_what_was_given_up_during_an_outage_goes_on_after_it(memory, folder, go, end):
    memory.put("made.jpg", photo("blue"))
    go()
    memory.put("a.jpg", photo())
    memory.fail = {"read": [Away("500")], "write": [Away("500")]}
    end(Job.objects.get())
    go()
    assert Delivery.objects.filter(done_at=None).update(dead_at=timezone.now()) == 2
    memory.fail = {"look": [Away("500")]}
    assert go()["a.jpg"] == "found"
    assert go()["a.jpg"] == "taken"
    assert memory.names() == ["made-cinematic.png"]


def test_a_ring_during_a_look_is_heard_whatever_the_clock_of_the_worker_says(memory, folder, monkeypatch):
    connection = take_first(watching.due_connections())
    original, now = memory.look, timezone.now

    def look(folders, cursor):
        look_now(connection)
        return original(folders, cursor)

    memory.look = look
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(minutes=10))
    watching.look(connection)
    assert watching.due_connections().exists()


def test_lost_access_stops_the_connection_until_it_is_connected_again(memory, folder, go):
    memory.put("a.jpg", photo())
    memory.fail["read"] = [AccessLost("revoked")]
    assert go() == {"a.jpg": "found"}
    connection = Connection.objects.get()
    assert connection.trouble == Trouble.ACCESS_LOST
    calls = len(memory.calls)
    go()
    assert len(memory.calls) == calls, "nothing is asked any more"
    pausing.clear_trouble(connection)
    assert go() == {"a.jpg": "taken"}


def test_a_file_that_is_gone_or_changed_makes_nothing_of_the_old_version(memory, folder, go):
    gone = memory.put("gone.jpg", photo())
    changed = memory.put("changed.jpg", photo("green"))
    original = memory.read

    def read(file, into, *, most_bytes):
        memory.files.pop(gone, None)
        memory.files[changed] = ("in", "changed.jpg", photo("blue"))
        original(file, into, most_bytes=most_bytes)

    memory.read = read
    go()
    del memory.read
    go()
    assert sorted(FoundFile.objects.values_list("name", "state")) == [
        ("changed.jpg", "gone"),
        ("changed.jpg", "taken"),
        ("gone.jpg", "gone"),
    ]


@pytest.fixture
def while_reading(memory):
    """Has something done right after the content was read."""
    original = memory.read

    def add(happen):
        def read(file, into, *, most_bytes):
            original(file, into, most_bytes=most_bytes)
            happen()

        memory.read = read

    return add


@pytest.mark.parametrize(
    ("click", "state"),
    [
        (stop_watching, "ignored"),
        (pause_by_owner, "found"),
        (lambda folder: disconnect(folder.connection), "found"),
        (lambda folder: pausing.note_trouble(folder.connection, Trouble.ACCESS_LOST), "found"),
    ],
    ids=["stopped", "paused", "disconnected", "without access"],
)
def test_nothing_is_charged_after_the_click_that_ends_it(memory, folder, go, while_reading, click, state):
    memory.put("a.jpg", photo())
    while_reading(lambda: click(folder))
    assert go() == {"a.jpg": state}
    assert not Job.objects.exists()


def test_a_pause_by_the_owner_outlasts_the_file_that_was_just_taken(memory, folder, go, monkeypatch):
    original = intake._submit

    def submit(*given):
        original(*given)
        pause_by_owner(folder)

    monkeypatch.setattr(intake, "_submit", submit)
    pausing.pause_folder(folder, Pause.CREDITS)
    memory.put("a.jpg", photo())
    assert go() == {"a.jpg": "taken"}
    folder.refresh_from_db()
    assert folder.pause == Pause.OWNER


def test_a_worker_that_is_late_ends_no_file_that_is_to_be_made_again(memory, folder, go, while_reading):
    memory.put("a.jpg", photo())

    def another_took_it_and_it_is_made_again():
        FoundFile.objects.update(run=1)
        raise Vanished("a.jpg")

    while_reading(another_took_it_and_it_is_made_again)
    assert go() == {"a.jpg": "found"}


def test_a_repeat_after_a_crash_makes_no_second_job(memory, folder, go):
    """The worker died after the submit: everything of that transaction is there, or nothing."""
    memory.put("a.jpg", photo())
    go()
    file = FoundFile.objects.get()
    take_file(Delivery(payload={"file": file.pk}))
    FoundFile.objects.update(state="found")  # as if the state had not been stored
    take_file(Delivery(payload={"file": file.pk}))
    assert Job.objects.count() == 1
    assert FoundFile.objects.get().state == "copy"


def test_the_queue_of_the_owner_is_never_overfilled(memory, folder, go):
    Plan.objects.update(queued_jobs=1)
    clear_all()
    memory.put("a.jpg", photo())
    memory.put("b.jpg", photo("blue"))
    assert sorted(go().values()) == ["found", "taken"]
    assert memory.calls.count("read") == 1, "nothing is read that could not be queued"
    with pytest.raises(Postponed):
        take_file(Delivery(payload={"file": FoundFile.objects.get(state="found").pk}))


def test_a_folder_that_is_gone_is_paused_and_goes_on_when_it_is_back(memory, folder, go):
    memory.folders_there.remove("in")
    go()
    folder.refresh_from_db()
    assert folder.pause == Pause.INPUT_GONE
    memory.folders_there.add("in")
    memory.put("a.jpg", photo())
    go()
    folder.refresh_from_db()
    assert folder.pause == Pause.NONE
    assert go() == {"a.jpg": "taken"}
    assert not WrittenFile.objects.exists()
