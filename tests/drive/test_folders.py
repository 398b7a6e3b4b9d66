"""Folders are watched, changed and ended within bounds, and what a source says is said in words for people."""

from contextlib import contextmanager
from pathlib import Path

import pytest

from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from drive import folders
from drive.enums import Pause, SourceKind, Trouble
from drive.models import WatchedFolder
from drive.pausing import pause_folder
from drive.sources.base import AccessLost, Away, Folder, FolderGone


class OnDisk:
    """Knows the folders of one directory, and raises `error` if it is set."""

    def __init__(self, root: Path) -> None:
        self.root, self.error, self.sealed = root, None, ()

    def folder(self, folder: str) -> Folder:
        if self.error:
            raise self.error
        if not (self.root / folder).is_dir():
            raise FolderGone(folder)
        is_open = folder not in self.sealed
        return Folder(folder, folder or "top", is_readable=is_open, is_writable=is_open)

    def folders(self, parent: str | None) -> list[Folder]:
        return [self.folder(each.name) for each in sorted((self.root / (parent or "")).iterdir())]


@pytest.fixture
def source(root, monkeypatch):
    made = OnDisk(root)

    @contextmanager
    def opened(connection):
        yield made

    monkeypatch.setattr(folders, "open_source", opened)
    return made


@pytest.fixture
def begin(person, connection, source, presets):
    def begin(**fields):
        values = {"owner": person, "connection": connection, "input_id": "inbox", "preset": "cinematic"}
        return folders.watch_folder(**values | fields)

    return begin


def refusal(call, *args, **fields):
    with pytest.raises(Refused) as refused:
        call(*args, **fields)
    return refused.value


def test_a_folder_is_watched_with_the_defaults_of_its_preset(begin, person):
    folder = begin(address="192.0.2.7")
    assert (folder.input_id, folder.output_id, folder.preset_id, folder.output_format) == (
        *("inbox", "outbox", "cinematic", "png"),
    )
    assert folder.parameters
    assert folder.takes_from is not None
    line = AuditLine.objects.get(action="folder_watched")
    assert line.details == {"folder": str(folder.pk), "address": "192.0.2.7"}


def test_what_lies_there_is_taken_if_asked(begin):
    assert begin(takes_existing=True).takes_from is None


def test_the_outbox_beside_is_made(begin, root):
    (root / "photos").mkdir()
    (root / "outbox").rmdir()
    assert begin(input_id="photos").output_id == "outbox"
    assert (root / "outbox").is_dir()


def test_no_outbox_is_made_outside_the_connected_directory(begin, root, tmp_path):
    refused = refusal(begin, input_id="../elsewhere/inbox")
    assert (refused.code, list(refused.problems)) == ("invalid_parameters", ["input_id"])
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"input_id": "missing"}, "input_id"),
        ({"output_id": "missing"}, "output_id"),
        ({"preset": "text-to-image"}, "preset"),
        ({"parameters": {"no such": 1}}, "no such"),
        ({"output_format": "gif"}, "output_format"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"daily_cap": 2**31}, "daily_cap"),
    ],
)
def test_wrong_fields_are_named(begin, presets, fields, name):
    if fields.get("preset"):
        fields = {"preset": next(slug for slug, each in presets.items() if not each.manifest.needs_photo)}
    refused = refusal(begin, **fields)
    assert (refused.code, name in refused.problems) == ("invalid_parameters", True)
    assert not WatchedFolder.objects.exists()


def test_a_preset_that_is_not_offered_is_refused(begin):
    assert refusal(begin, preset="nothing").code == "preset_unavailable"


def test_a_folder_that_we_may_not_use_is_refused(begin, source):
    source.sealed = ("outbox",)
    assert list(refusal(begin).problems) == ["output_id"]
    source.sealed = ("inbox",)
    assert list(refusal(begin).problems) == ["input_id"]


def test_a_folder_is_watched_once_and_again_after_its_end(begin):
    first = begin()
    assert list(refusal(begin).problems) == ["input_id"]
    folders.stop_watching(first)
    assert begin().pk != first.pk
    assert AuditLine.objects.filter(action="folder_ended").count() == 1


def test_there_is_a_most(begin, watch):
    for number in range(folders.MOST):
        watch(input_id=f"other {number}")
    assert refusal(begin).code == "quota_exceeded"


def test_only_a_drive_needs_the_feature(cast, begin, connection):
    connection.owner = cast.stranger
    connection.save()
    assert begin(owner=cast.stranger).owner == cast.stranger
    connection.kind = SourceKind.GOOGLE
    assert refusal(begin, owner=cast.stranger).code == "plan_required"


def test_what_a_source_says_is_said_in_words(connection, source):
    source.error = AccessLost("invalid_grant")
    lost = refusal(folders.browse, connection)
    assert (lost.code, list(lost.problems)) == ("invalid_parameters", ["connection_id"])
    assert "Connect again" in lost.message
    connection.refresh_from_db()
    assert connection.trouble == Trouble.ACCESS_LOST, "no look finds out where no folder is watched"
    source.error = Away("503")
    assert refusal(folders.browse, connection).code == "service_unavailable"
    source.error = None
    assert [each.name for each in folders.browse(connection)] == ["inbox", "outbox"]


def test_a_changed_preset_begins_with_its_own_defaults(begin, presets):
    folder = begin()
    before = folder.settings_digest
    other = next(slug for slug, each in presets.items() if each.manifest.needs_photo and slug != "cinematic")
    changed = folders.change_folder(folder, {"preset": other, "daily_cap": 50, "writes_sidecar": True})
    assert (changed.preset_id, changed.daily_cap, changed.writes_sidecar) == (other, 50, True)
    assert changed.settings_digest != before
    line = AuditLine.objects.get(action="folder_changed")
    assert line.details["fields"] == ["daily_cap", "preset", "writes_sidecar"]


def test_a_change_does_not_end_a_pause_that_its_owner_made_meanwhile(begin, person):
    stale = begin()
    folders.pause_by_owner(folders.get_folder(person, stale.pk))
    assert folders.change_folder(stale, {"daily_cap": 50}).pause == "owner"


def test_a_change_ends_a_pause_that_came_meanwhile_by_itself(begin, person):
    stale = begin()
    pause_folder(folders.get_folder(person, stale.pk), Pause.CAP)
    assert folders.change_folder(stale, {"daily_cap": 50}).pause == ""


def test_what_cannot_be_changed_is_refused(begin):
    folder = begin()
    assert list(refusal(folders.change_folder, folder, {"input_id": "outbox"}).problems) == ["input_id"]
    assert list(refusal(folders.change_folder, folder, {"output_id": "missing"}).problems) == ["output_id"]
    folder.refresh_from_db()
    assert (folder.input_id, folder.output_id) == ("inbox", "outbox")
