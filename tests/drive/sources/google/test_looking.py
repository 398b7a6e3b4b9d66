"""What a look at Google Drive finds, and where the next one goes on."""

from drive.google_fake.world import FOLDER
from tests.drive.sources.google.conftest import ANN, Place


def _names(place: Place, cursor: str | None) -> tuple[list[str], str]:
    found = place.source.look([place.folder], cursor)
    return sorted(file.name for file in found.files), found.cursor


def test_the_first_look_finds_all_and_the_next_only_what_is_new(place: Place) -> None:
    place.put("a.png")
    place.world.put(ANN, "elsewhere.png", content=b"x")
    names, cursor = _names(place, None)
    assert names == ["a.png"]
    place.put("b.png")
    place.world.put(ANN, "elsewhere too.png", content=b"x")
    names, cursor = _names(place, cursor)
    assert names == ["b.png"]
    assert _names(place, cursor)[0] == []


def test_folders_documents_and_empty_files_are_left_out(place: Place) -> None:
    place.put("half.png", b"")
    place.world.put(ANN, "Sub", parent=place.folder, mime_type=FOLDER)
    place.world.put(ANN, "text", parent=place.folder, mime_type="application/vnd.google-apps.document")
    assert _names(place, None)[0] == []


def test_a_renamed_file_keeps_its_id_and_version(place: Place) -> None:
    photo = place.put("a.png")
    before = place.source.look([place.folder], None)
    place.world.change(photo, name="b.png")
    after = place.source.look([place.folder], before.cursor)
    assert [(file.id, file.version) for file in before.files] == [
        (file.id, file.version) for file in after.files
    ]
    assert [file.name for file in after.files] == ["b.png"]


def test_a_file_in_the_bin_is_not_found_until_it_is_restored(place: Place) -> None:
    photo = place.put("a.png")
    cursor = place.source.look([place.folder], None).cursor
    place.world.change(photo, trashed=True)
    names, cursor = _names(place, cursor)
    assert names == []
    place.world.change(photo, trashed=False)
    assert _names(place, cursor)[0] == ["a.png"]


def test_a_folder_in_the_bin_is_gone_and_the_other_is_looked_at(place: Place) -> None:
    other = place.world.put(ANN, "Other", mime_type=FOLDER).id
    cursor = place.source.look([place.folder, other], None).cursor
    place.world.change(place.folder, trashed=True)
    place.world.put(ANN, "a.png", parent=other, content=b"x")
    found = place.source.look([place.folder, other], cursor)
    assert (set(found.gone), [file.name for file in found.files]) == ({place.folder}, ["a.png"])
    assert set(place.source.look([place.folder, other], None).gone) == {place.folder}


def test_a_page_that_google_forgot_makes_a_full_look(place: Place) -> None:
    place.put("a.png")
    cursor = place.source.look([place.folder], None).cursor
    place.world.changes.clear()
    assert _names(place, cursor)[0] == ["a.png"]
    assert _names(place, "no cursor of ours")[0] == ["a.png"]


def test_a_folder_that_the_cursor_does_not_know_is_listed(place: Place) -> None:
    cursor = place.source.look([], None).cursor
    place.put("a.png")
    assert _names(place, cursor)[0] == ["a.png"]


def test_a_large_folder_is_listed_in_several_looks(place: Place) -> None:
    for number in range(2500):
        place.put(f"{number}.png", b"x")
    first = place.source.look([place.folder], None)
    place.put("while listing.png")
    second = place.source.look([place.folder], first.cursor)
    assert (len(first.files), first.more, second.more) == (2000, True, False)
    assert len(second.files) == 501
    assert _names(place, second.cursor)[0] == ["while listing.png"]


def test_a_folder_that_is_left_while_it_is_listed_ends_its_listing(place: Place) -> None:
    first, second = sorted((place.folder, place.world.put(ANN, "Other", mime_type=FOLDER).id))
    for number in range(2001):
        place.world.put(ANN, f"{number}.png", parent=first, content=b"x")
    place.world.put(ANN, "other.png", parent=second, content=b"x")
    begun = place.source.look([first, second], None)
    assert begun.more
    found = place.source.look([second], begun.cursor)
    assert ([file.name for file in found.files], found.more) == (["other.png"], False)
