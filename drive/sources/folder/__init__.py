"""A directory of this server, or of a share that is mounted here, as a source.

Ids are paths relative to the root with `/` between their parts (`places.id_of`): "" is the root itself. A renamed file
is another file. `places` opens files and folders and tells errors, `cursor` is what is known between two looks,
`looking` finds files, `reading` and `writing` copy them. Nothing outside the root is read or written: each part of a path
is opened below the one before, and none through a link.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from drive.sources.base import Folder, Look, SourceFile, Written
from drive.sources.folder.looking import look
from drive.sources.folder.places import id_of, opened_folder, parts_of, shown, telling
from drive.sources.folder.reading import read_file
from drive.sources.folder.writing import write_file
from drive.sources.names import is_left_out

SETTLE_S = 2.0


class FolderSource:
    """The files below `root`. A file is whole when it stayed the same for `settle_s` seconds of our `clock`.

    The other end of a network mount may have another clock and coarse times. So times of files are only compared with
    each other, never with ours.
    """

    def __init__(
        self, root: Path, settle_s: float = SETTLE_S, clock: Callable[[], float] = time.time
    ) -> None:
        self.root = root
        self.settle_s = settle_s
        self.clock = clock

    def look(self, folders: Collection[str], cursor: str | None) -> Look:
        """As `Source.look`. Finds at most some 2,000 files at once."""
        return look(self.root, folders, cursor, settle_s=self.settle_s, now=self.clock())

    def read(self, file: SourceFile, into: Path, *, most_bytes: int) -> None:
        """As `Source.read`."""
        read_file(self.root, file, into, most_bytes)

    def reserve(self) -> str:
        """Nothing: a file is known by its name and content."""
        return ""

    def write(self, folder: str, name: str, content: Path, *, mime: str, reserved: str) -> Written:
        """As `Source.write`."""
        return write_file(self.root, folder, name, content)

    def folders(self, parent: str | None) -> Sequence[Folder]:
        """As `Source.folders`. It begins with the root alone."""
        if parent is None:
            return [self.folder("")]
        with opened_folder(self.root, parent) as fd, telling(parent):
            with os.scandir(fd) as entries:
                names = [
                    e.name for e in entries if not is_left_out(e.name) and e.is_dir(follow_symlinks=False)
                ]
            return [_described(fd, name, id_of(parent, name), name, parent) for name in sorted(names)]

    def folder(self, folder: str) -> Folder:
        """As `Source.folder`."""
        with opened_folder(self.root, folder) as fd:
            names = parts_of(folder) or [self.root.name]
            return _described(fd, ".", folder, names[-1], folder.rpartition("/")[0] if folder else None)


def _described(fd: int, path: str, folder: str, name: str, parent: str | None) -> Folder:
    def may(mode: int) -> bool:
        return os.access(path, mode | os.X_OK, dir_fd=fd)

    return Folder(folder, shown(name), parent, is_readable=may(os.R_OK), is_writable=may(os.W_OK))
