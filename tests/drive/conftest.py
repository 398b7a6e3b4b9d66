"""Rows of watched folders on a directory: nothing is opened until a test asks for it."""

from pathlib import Path

import pytest

from drive.enums import FileState, SourceKind
from drive.models import Connection, FoundFile, Picture, WatchedFolder
from drive.naming import key_of


@pytest.fixture
def person(cast):
    """Has the largest plan and more credits than any test spends."""
    return cast.owner


@pytest.fixture
def root(tmp_path) -> Path:
    """A directory with `inbox` and `outbox`."""
    for name in ("inbox", "outbox"):
        (tmp_path / "drive" / name).mkdir(parents=True)
    return tmp_path / "drive"


@pytest.fixture
def connection(person, root) -> Connection:
    """The person's connection to `root`."""
    return Connection.objects.create(
        owner=person, kind=SourceKind.FOLDER, account=str(root), label="Folder of this server"
    )


@pytest.fixture
def watch(connection, presets):
    """Makes the row of a watched folder: `inbox` → `outbox`, with the preset `cinematic`, unless fields say otherwise."""

    def make(**fields) -> WatchedFolder:
        values = {
            "connection": connection,
            "owner": connection.owner,
            "input_id": "inbox",
            "input_name": "inbox",
            "output_id": "outbox",
            "output_name": "outbox",
            "preset": presets["cinematic"].preset,
        }
        return WatchedFolder.objects.create(**values | fields)

    return make


@pytest.fixture
def folder(watch) -> WatchedFolder:
    return watch()


@pytest.fixture
def find(folder):
    """Makes the row of a file that a look found in `folder`."""

    def make(name: str = "IMG_2041.jpg", **fields) -> FoundFile:
        values = {"folder": folder, "source_id": f"inbox/{name}", "version": "1", "name": name, "size": 1000}
        values |= fields
        values.setdefault("key", key_of(values["source_id"], values["version"]))
        return FoundFile.objects.create(**values)

    return make


@pytest.fixture
def take(find):
    """Makes the row of a found file that became a picture."""

    def make(
        name: str = "IMG_2041.jpg", *, price: int = 0, job=None, submitted_at=None, **fields
    ) -> FoundFile:
        file = find(name, state=FileState.TAKEN, **fields)
        file.picture = Picture.objects.create(
            folder=file.folder,
            sha256=key_of(file.name, file.version),
            settings=file.folder.settings_digest,
            name=name,
            price=price,
            job=job,
            submitted_at=submitted_at,
        )
        file.save()
        return file

    return make
