"""The folder source: nothing outside the root is found, read or written, and a share that is away is not a folder gone."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from drive.sources.base import Away, FolderGone, SourceFile, Vanished
from drive.sources.folder import FolderSource
from drive.sources.folder.places import id_of, parts_of
from tests.drive.sources.folder_harness import FolderHarness
from tests.drive.sources.harness import find, find_one, given, read


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    (path / "secret.jpg").write_bytes(b"secret")
    return path


def _link_for_folder(folder: FolderHarness, outside: Path) -> None:
    shutil.rmtree(folder.path)
    folder.path.symlink_to(outside)


@pytest.mark.parametrize("target", ["secret.jpg", "."], ids=["file", "directory"])
def test_a_link_in_a_folder_is_not_found(folder: FolderHarness, outside: Path, target: str) -> None:
    (folder.path / "link.jpg").symlink_to(outside / target)
    assert find(folder)[0] == []


def test_a_named_pipe_is_not_found(folder: FolderHarness) -> None:
    os.mkfifo(folder.path / "pipe.jpg")
    assert find(folder)[0] == []


def test_a_link_in_the_place_of_a_file_is_not_read(
    folder: FolderHarness, outside: Path, tmp_path: Path
) -> None:
    folder.put("secret.jpg", b"secret")
    file = find_one(folder)
    folder.delete("secret.jpg")
    (folder.path / "secret.jpg").symlink_to(outside / "secret.jpg")
    facts = (outside / "secret.jpg").stat()
    os.utime(outside / "secret.jpg", ns=(facts.st_atime_ns, int(file.version.split("-")[1])))
    with pytest.raises(Vanished):
        read(folder, file, tmp_path)


def test_a_link_in_the_place_of_a_waiting_file_is_not_found(folder: FolderHarness, outside: Path) -> None:
    folder.put("secret.jpg", b"secret")
    cursor = folder.source.look(["inbox"], None).cursor
    folder.delete("secret.jpg")
    (folder.path / "secret.jpg").symlink_to(outside / "secret.jpg")
    assert find(folder, cursor)[0] == []


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(folder: FolderHarness, tmp_path: Path) -> None:
    folder.put("a.jpg", b"sea")
    file = find_one(folder)
    folder.delete("a.jpg")
    os.mkfifo(folder.path / "a.jpg")
    with pytest.raises(Vanished):
        read(folder, file, tmp_path)


def test_a_link_in_the_place_of_a_folder_is_a_folder_gone(
    folder: FolderHarness, outside: Path, tmp_path: Path
) -> None:
    folder.put("secret.jpg", b"secret")
    file = find_one(folder)
    _link_for_folder(folder, outside)
    assert list(folder.source.look(["inbox"], None).gone) == ["inbox"]
    with pytest.raises(Vanished):
        read(folder, file, tmp_path)
    with pytest.raises(FolderGone):
        folder.source.write("inbox", "a.png", given(tmp_path, b"sea"), mime="", reserved="")
    with pytest.raises(FolderGone):
        folder.source.folder("inbox")
    assert [path.name for path in outside.iterdir()] == ["secret.jpg"]


def test_a_link_on_the_way_to_a_folder_is_a_folder_gone(
    folder: FolderHarness, outside: Path, tmp_path: Path
) -> None:
    (outside / "below").mkdir()
    (folder.path / "link").symlink_to(outside)
    with pytest.raises(FolderGone):
        folder.source.write("inbox/link/below", "a.png", given(tmp_path, b"sea"), mime="", reserved="")
    assert list((outside / "below").iterdir()) == []


def test_a_link_in_the_place_of_a_result_is_left(
    folder: FolderHarness, outside: Path, tmp_path: Path
) -> None:
    from drive.sources.base import NameTaken

    for target in ("secret.jpg", "nothing"):
        (folder.path / f"{target}.png").symlink_to(outside / target)
        with pytest.raises(NameTaken):
            folder.source.write("inbox", f"{target}.png", given(tmp_path, b"secret"), mime="", reserved="")
    assert [path.name for path in outside.iterdir()] == ["secret.jpg"]


def test_links_are_no_folders_to_choose(folder: FolderHarness, outside: Path) -> None:
    (folder.root / "link").symlink_to(outside)
    assert [f.id for f in folder.source.folders("")] == ["inbox", "other"]


@pytest.mark.parametrize(
    "identity",
    [
        "..",
        "../outside",
        "inbox/..",
        "inbox/../../outside",
        "/",
        "/etc",
        "inbox//a",
        "inbox/",
        ".",
        "a\0b",
        "%2E%2E",
        "%41",
        "\udcff",
    ],
)
def test_ids_that_no_path_below_the_root_has_are_refused(
    folder: FolderHarness, outside: Path, tmp_path: Path, identity: str
) -> None:
    assert list(folder.source.look([identity], None).gone) == [identity]
    for use in (folder.source.folder, folder.source.folders):
        with pytest.raises(FolderGone):
            use(identity)
    with pytest.raises(FolderGone):
        folder.source.write(identity, "a.png", given(tmp_path, b"sea"), mime="", reserved="")
    file = SourceFile(f"{identity}/secret.jpg", identity, "secret.jpg", 6, "6-0")
    with pytest.raises(Vanished):
        read(folder, file, tmp_path)


@pytest.mark.parametrize("name", [b"caf\xe9.jpg", b"\xff\xfe", b"100%\xe9%25", "é%é".encode()])
def test_names_that_are_no_utf_8_have_ids_that_can_be_stored(
    folder: FolderHarness, tmp_path: Path, name: bytes
) -> None:
    folder.put(os.fsdecode(name), b"sea")
    file = find_one(folder)
    for text in (file.id, file.name, folder.source.look(["inbox"], None).cursor):
        assert "\0" not in text
        text.encode()
    assert parts_of(file.id) == ["inbox", os.fsdecode(name)]
    assert read(folder, file, tmp_path) == b"sea"


def test_an_id_stands_for_one_name() -> None:
    names = [os.fsdecode(name) for name in (b"\xe9", b"%E9", b"%25E9", "é".encode(), b"%", b"%25")]
    assert len({id_of("", name) for name in names}) == len(names)
    assert [parts_of(id_of("a", name)) for name in names] == [["a", name] for name in names]


def test_a_folder_with_an_odd_name_is_watched(folder: FolderHarness) -> None:
    odd = os.fsdecode(b"caf\xe9")
    (folder.root / odd).mkdir()
    (folder.root / odd / "a.jpg").write_bytes(b"sea")
    listed = {f.name: f.id for f in folder.source.folders("")}
    assert listed["caf\ufffd"] == "caf%E9"
    folder.folder = "caf%E9"
    assert find_one(folder).id == "caf%E9/a.jpg"


@pytest.mark.parametrize("state", ["missing", "empty", "a file"])
def test_a_root_that_is_not_there_is_away(folder: FolderHarness, tmp_path: Path, state: str) -> None:
    folder.put("a.jpg", b"sea")
    file = find_one(folder)
    shutil.rmtree(folder.root)
    if state == "empty":
        folder.root.mkdir()
    elif state == "a file":
        folder.root.write_bytes(b"")
    with pytest.raises(Away):
        folder.source.look(["inbox"], None)
    with pytest.raises(Away):
        read(folder, file, tmp_path)
    with pytest.raises(Away):
        folder.source.write("inbox", "a.png", given(tmp_path, b"sea"), mime="", reserved="")
    with pytest.raises(Away):
        folder.source.folder("inbox")


def test_the_root_itself_can_be_watched(folder: FolderHarness, tmp_path: Path) -> None:
    folder.put("a.jpg", b"sea", "")
    folder.folder = ""
    assert find_one(folder).id == "a.jpg"
    written = folder.source.write("", "b.png", given(tmp_path, b"sky"), mime="", reserved="")
    assert written.id == "b.png"
    first = folder.source.folders(None)
    assert [(f.id, f.name, f.parent) for f in first] == [("", "root", None)]


def test_a_root_that_is_a_link_was_chosen_by_whoever_connected_it(
    folder: FolderHarness, tmp_path: Path
) -> None:
    folder.put("a.jpg", b"sea")
    (tmp_path / "link").symlink_to(folder.root)
    folder.source = FolderSource(tmp_path / "link", clock=lambda: folder.now)
    file = find_one(folder)
    assert read(folder, replace(file), tmp_path) == b"sea"
