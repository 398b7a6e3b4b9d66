"""What the fake Google holds: accounts, files, who may see them, what changed, and the time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from drive.google_fake.errors import GoogleError, missing
from drive.google_fake.files import FOLDER, NATIVE, SHORTCUT, Account, Change, File, SharedDrive

__all__ = ["FOLDER", "NATIVE", "SHORTCUT", "World"]

START = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """All of the fake Google. Safe for several threads: hold `lock` around what reads or writes more than once."""

    def __init__(self, *, is_live: bool = False) -> None:
        """`is_live`: its clock goes with the real one; else it stands still until `advance`."""
        self.lock = threading.RLock()
        self._start = None if is_live else START
        self._ahead = timedelta()
        self.files: dict[str, File] = {}
        self.changes: dict[str, list[Change]] = {}
        """The log of each account, by its address, and of each shared drive, by its id."""
        self.forgotten: dict[str, int] = {}
        """The last page token of each log that is too old to be known."""
        self.forgotten_status = 410
        self.drives: dict[str, SharedDrive] = {}
        self.writes_only_to_opened = False
        """Whether the scope `drive.file` writes only to folders that the app made or the person picked."""
        self.listeners: list[Callable[[str], None]] = []
        """Called with the name of a log whenever it has a new entry."""
        self._accounts: dict[str, Account] = {}
        self._last_id = 0

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._ahead += timedelta(seconds=seconds)

    @property
    def now(self) -> datetime:
        """The time in this world."""
        return (self._start or datetime.now(UTC)) + self._ahead

    def new_id(self) -> str:
        """An id that was not given out before."""
        with self.lock:
            self._last_id += 1
            return f"fake-{self._last_id:06}"

    def account(self, email: str) -> Account:
        """The account of an address, with the topmost folder of its Drive; made when it is first asked for."""
        with self.lock:
            if email not in self._accounts:
                root = File(self.new_id(), email, "My Drive", FOLDER, [], self.now, self.now, is_opened=True)
                self.files[root.id] = root
                self._accounts[email] = Account(email, self.new_id(), root.id, email.partition("@")[0])
            return self._accounts[email]

    def drive(self, name: str, members: set[str], *, readers: frozenset[str] = frozenset()) -> SharedDrive:
        """A new shared drive."""
        with self.lock:
            drive = SharedDrive(self.new_id(), name, self.now, members, set(readers))
            self.drives[drive.id] = drive
            self.files[drive.id] = File(drive.id, "", name, FOLDER, [], self.now, self.now, drive=drive.id)
            return drive

    def put(
        self,
        owner: str,
        name: str,
        *,
        parent: str = "root",
        mime_type: str = "image/png",
        content: bytes | None = None,
        is_opened: bool = False,
        target: str = "",
        file_id: str = "",
    ) -> File:
        """A new file of an account, as if the person had put it there.

        `content` None: a folder, a native document, a shortcut (to the id `target`), or a file whose content has not
        arrived yet: `write` brings it. In a folder of a shared drive, the file belongs to that drive.
        """
        with self.lock:
            account = self.account(owner)
            parent = account.root_id if parent == "root" else parent
            held = self.files.get(parent)
            drive = held.drive if held else ""
            kind = SHORTCUT if target else mime_type
            now = self.now
            file = File(
                file_id or self.new_id(), "" if drive else owner, name, kind, [parent], now, now, content
            )
            file.is_opened, file.drive = is_opened, drive
            file.target = self.files.get(target)
            file.head = self.new_id() if content is not None else ""
            self.files[file.id] = file
            self._note(file)
            return file

    def change(
        self, file_id: str, *, name: str | None = None, trashed: bool | None = None, parent: str | None = None
    ) -> File:
        """Rename a file, move it, or move it in or out of the trash. Raises `GoogleError` when there is none."""
        with self.lock:
            file = self._held(file_id)
            file.name = file.name if name is None else name
            file.trashed = file.trashed if trashed is None else trashed
            file.parents = file.parents if parent is None else [parent]
            return self.touch(file)

    def write(self, file_id: str, content: bytes) -> File:
        """Give a file (other) content. Raises `GoogleError` when there is none."""
        with self.lock:
            file = self._held(file_id)
            file.content, file.modified, file.head = content, self.now, self.new_id()
            return self.touch(file)

    def share(self, file_id: str, reader: str) -> File:
        """Let another person read a file. Raises `GoogleError` when there is none."""
        with self.lock:
            file = self._held(file_id)
            file.readers.add(reader)
            return self.touch(file)

    def touch(self, file: File) -> File:
        """Count a change of a file and note it in the logs."""
        file.version += 1
        self._note(file)
        return file

    def remove(self, file_id: str) -> None:
        """Delete a file for good: its change says `removed`. Raises `GoogleError` when there is none."""
        with self.lock:
            file = self._held(file_id)
            del self.files[file_id]
            self._note(file, is_removed=True)

    def forget_pages(self, status: int = 410) -> None:
        """All page tokens of changes up to now are too old from now on: they are answered with this status."""
        with self.lock:
            self.forgotten_status = status
            for log in {*self._accounts, *self.drives, *self.changes}:
                entries = self.changes.setdefault(log, [])
                entries.append(Change("", self.now))
                self.forgotten[log] = len(entries)

    def used(self, email: str) -> int:
        """How many bytes an account holds, the trash included."""
        return sum(len(file.content or b"") for file in self.files.values() if file.owner == email)

    def is_trashed(self, file: File) -> bool:
        """Whether a file or any folder above it is in the trash."""
        above: File | None = file
        while above is not None:
            if above.trashed:
                return True
            above = self.files.get(above.parents[0]) if above.parents else None
        return False

    def can_read(self, email: str, file: File) -> bool:
        """Whether a person may read a file: it or a folder above it is theirs, shared with them, or in their drive."""
        if file.drive:
            drive = self.drives.get(file.drive)
            return drive is not None and email in drive.members | drive.readers
        above: File | None = file
        while above is not None:
            if email == above.owner or email in above.readers:
                return True
            above = self.files.get(above.parents[0]) if above.parents else None
        return False

    def can_write(self, email: str, file: File) -> bool:
        """Whether a person may change a file."""
        drive = self.drives.get(file.drive)
        return email in drive.members if drive else file.owner == email

    def shown(self, email: str, file: File) -> dict[str, Any]:
        """A file as the API shows it to a person."""
        can_write = self.can_write(email, file)
        row = file.shown(email, can_write=can_write, is_app_authorized=file.is_opened)
        if "parents" in row:
            row["parents"] = [each for each in file.parents if self._is_open_to(email, each)]
        is_trashed = self.is_trashed(file)
        return {key: value for key, value in {**row, "trashed": is_trashed}.items() if value != []}

    def _is_open_to(self, email: str, folder: str) -> bool:
        held = self.files.get(folder)
        return held is None or self.can_read(email, held)

    def _held(self, file_id: str) -> File:
        file = self.files.get(file_id)
        if file is None:
            raise missing(file_id)
        return file

    def _note(self, file: File, *, is_removed: bool = False) -> None:
        change = Change(file.id, self.now, is_removed, file.is_opened)
        for log in [file.drive] if file.drive else [file.owner, *file.readers]:
            self.changes.setdefault(log, []).append(change)
            for listener in self.listeners:
                listener(log)


def check_room(world: World, email: str, size: int) -> None:
    """Raises `GoogleError` 403 when an account has no room for so many more bytes."""
    quota = world.account(email).quota
    if quota is not None and world.used(email) + size > quota:
        raise GoogleError(403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded.")
