"""The folders to choose from, shared drives, and shortcuts."""

from pathlib import Path

import pytest

from drive.google_fake.world import FOLDER
from drive.sources.base import AccessLost, FolderGone
from drive.sources.google.oauth import READ, WRITE
from tests.drive.sources.google.conftest import ANN, Place, open_source

BOB = "bob@example.com"


def test_one_begins_with_my_drive_the_shared_drives_and_what_is_shared(place: Place) -> None:
    drive = place.world.drive("Team", {ANN})
    place.world.drive("Others", {BOB})
    roots = place.source.folders(None)
    assert [(root.name, root.is_readable, root.is_writable) for root in roots] == [
        ("My Drive", True, True),
        ("Team", True, True),
        ("Shared with me", False, False),
    ]
    assert roots[1].id == drive.id
    assert [folder.name for folder in place.source.folders(roots[0].id)] == ["In"]


def test_folders_are_sorted_and_a_shortcut_is_the_folder_it_leads_to(place: Place) -> None:
    place.world.put(ANN, "b", parent=place.folder, mime_type=FOLDER)
    far = place.world.put(ANN, "A", mime_type=FOLDER)
    place.world.put(ANN, "link", parent=place.folder, target=far.id)
    place.put("a.png")
    assert [(each.name, each.parent) for each in place.source.folders(place.folder)] == [
        ("A", place.folder),
        ("b", place.folder),
    ]
    assert place.source.folder(far.id).name == "A"


def test_a_folder_of_another_person_is_readable_and_not_writable(place: Place) -> None:
    theirs = place.world.put(BOB, "Theirs", mime_type=FOLDER)
    place.world.share(theirs.id, ANN)
    (folder,) = place.source.folders("shared-with-me")
    assert (folder.id, folder.is_readable, folder.is_writable) == (theirs.id, True, False)


def test_a_folder_in_the_bin_is_gone(place: Place) -> None:
    place.world.change(place.folder, trashed=True)
    for ask in (place.source.folder, place.source.folders):
        with pytest.raises(FolderGone):
            ask(place.folder)


def test_with_the_narrow_scope_a_picked_folder_shows_no_files(place: Place) -> None:
    place.world.files[place.folder].is_opened = True
    place.put("a.png")
    source = open_source(place, WRITE)
    folder = source.folder(place.folder)
    assert (folder.is_readable, folder.is_writable) == (False, True)
    assert source.look([place.folder], None).files == []
    assert [root.name for root in source.folders(None)] == ["My Drive", "Shared with me"]


def test_without_the_scope_that_writes_nothing_is_writable(place: Place, tmp_path: Path) -> None:
    source = open_source(place, READ)
    assert not source.folder(place.folder).is_writable
    with pytest.raises(AccessLost):
        source.reserve()


def test_changes_in_a_shared_drive_are_found_in_its_own_log(place: Place) -> None:
    drive = place.world.drive("Team", {ANN, BOB})
    inside = place.world.put(BOB, "In", parent=drive.id, mime_type=FOLDER).id
    cursor = place.source.look([inside, place.folder], None).cursor
    place.world.put(BOB, "team.png", parent=inside, content=b"x")
    place.put("mine.png")
    found = place.source.look([inside, place.folder], cursor)
    assert {(file.name, file.folder) for file in found.files} == {
        ("team.png", inside),
        ("mine.png", place.folder),
    }
    assert place.source.look([inside, place.folder], found.cursor).files == []


def test_results_go_to_a_shared_drive(place: Place, tmp_path: Path) -> None:
    drive = place.world.drive("Team", {ANN})
    (tmp_path / "out").write_bytes(b"x")
    made = place.source.write(
        drive.id, "out.png", tmp_path / "out", mime="image/png", reserved=place.source.reserve()
    )
    assert place.world.files[made.id].drive == drive.id
    assert place.source.folder(drive.id).name == "Team"


def test_a_drive_that_one_has_left_is_gone(place: Place) -> None:
    drive = place.world.drive("Team", {ANN})
    cursor = place.source.look([drive.id], None).cursor
    drive.members.clear()
    assert set(place.source.look([drive.id], cursor).gone) == {drive.id}


def test_a_shortcut_to_a_picture_stands_for_the_picture(place: Place, tmp_path: Path) -> None:
    far = place.world.put(ANN, "far.png", content=b"far")
    hidden = place.world.put(BOB, "hidden.png", content=b"no")
    place.world.put(ANN, "link", parent=place.folder, target=far.id)
    place.world.put(ANN, "dead link", parent=place.folder, target=hidden.id)
    (file,) = place.source.look([place.folder], None).files
    assert (file.id, file.name, file.folder) == (far.id, "link", place.folder)
    place.source.read(file, tmp_path / "got", most_bytes=3)
    assert (tmp_path / "got").read_bytes() == b"far"


def test_a_moved_file_and_one_whose_content_arrives_are_found(place: Place) -> None:
    far = place.world.put(ANN, "far.png", content=b"far")
    half = place.world.put(ANN, "half.png", parent=place.folder)
    cursor = place.source.look([place.folder], None).cursor
    place.world.change(far.id, parent=place.folder)
    place.world.write(half.id, b"whole")
    found = place.source.look([place.folder], cursor)
    assert {file.name for file in found.files} == {"far.png", "half.png"}


def test_other_content_is_another_version_and_a_copy_another_file(place: Place) -> None:
    photo = place.put("a.png", b"one")
    first = place.source.look([place.folder], None)
    place.world.write(photo, b"two")
    place.put("copy.png", b"one")
    second = place.source.look([place.folder], first.cursor)
    keys = {(file.id, file.version) for file in [*first.files, *second.files]}
    assert len(keys) == 3
    assert {file.id for file in second.files} > {photo}


def test_a_folder_that_comes_back_is_listed_again(place: Place) -> None:
    place.put("a.png")
    cursor = place.source.look([place.folder], None).cursor
    place.world.change(place.folder, trashed=True)
    cursor = place.source.look([place.folder], cursor).cursor
    place.world.change(place.folder, trashed=False)
    assert [file.name for file in place.source.look([place.folder], cursor).files] == ["a.png"]


def test_whose_drive_it_is(place: Place) -> None:
    about = place.source.about()
    assert (about.email, about.name) == (ANN, "ann")
    assert about.permission_id
