"""Puts a file into a folder: whole or not at all, and never in the place of another.

The content goes to a hidden file beside the place. That one gets its name by a hard link, which fails if the name is
taken. Where there are no links (exFAT, some shares), an empty file of that name is created exclusively first, and the
hidden one takes its place; a writer that is killed between the two leaves the empty file.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from drive.sources.base import NameRefused, NameTaken, Written
from drive.sources.folder.places import id_of, opened_folder, parts_of, telling
from drive.sources.folder.reading import CHUNK, is_same

OURS = re.compile(r"\.creator-[0-9a-f]{16}\.part")
LEFT_OVER_NS = 3600 * 10**9
"""Our hidden files that are so much older than the one just made belong to nobody any more."""
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL})


def write_file(root: Path, folder: str, name: str, content: Path) -> Written:
    """As `Source.write`. Names that differ only in case are the same where the file system says so."""
    if parts_of(id_of("", name)) != [name]:
        raise NameRefused("it is no name of a file")
    written = Written(id_of(folder, name), name)
    with opened_folder(root, folder) as fd:
        if _is_there(fd, name, content):
            return written
        with _hidden_copy(fd, folder, content) as hidden, telling(folder):
            try:
                _give_name(fd, hidden, name)
            except FileExistsError:
                _is_there(fd, name, content)
    return written


def _is_there(fd: int, name: str, content: Path) -> bool:
    """Raises NameTaken if what is there is not ours."""
    same = is_same(fd, name, content)
    if same is False:
        raise NameTaken(name)
    return bool(same)


@contextmanager
def _hidden_copy(fd: int, folder: str, content: Path) -> Iterator[str]:
    hidden = f".creator-{secrets.token_hex(8)}.part"
    try:
        _fill(fd, folder, hidden, content)
        yield hidden
    finally:
        with suppress(OSError):
            os.unlink(hidden, dir_fd=fd)


def _fill(fd: int, folder: str, hidden: str, content: Path) -> None:
    with telling(folder):
        file = os.open(hidden, NEW, 0o666, dir_fd=fd)
    with content.open("rb") as ours, telling(folder), os.fdopen(file, "wb") as copy:
        while chunk := ours.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
        _sweep(fd, os.fstat(copy.fileno()).st_mtime_ns)


def _give_name(fd: int, hidden: str, name: str) -> None:
    """Raises FileExistsError if the name is taken, OSError."""
    try:
        os.link(hidden, name, src_dir_fd=fd, dst_dir_fd=fd, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _take_place(fd, hidden, name)
    with suppress(OSError):
        # Some shares cannot do this for directories.
        os.fsync(fd)


def _take_place(fd: int, hidden: str, name: str) -> None:
    os.close(os.open(name, NEW, 0o666, dir_fd=fd))
    try:
        os.rename(hidden, name, src_dir_fd=fd, dst_dir_fd=fd)
    except OSError:
        os.unlink(name, dir_fd=fd)
        raise


def _sweep(fd: int, newest_ns: int) -> None:
    """Removes hidden files of writers that were killed; both times are of the same clock."""
    with os.scandir(fd) as entries:
        ours = [entry.name for entry in entries if OURS.fullmatch(entry.name)]
    for name in ours:
        with suppress(OSError):
            if os.stat(name, dir_fd=fd, follow_symlinks=False).st_mtime_ns < newest_ns - LEFT_OVER_NS:
                os.unlink(name, dir_fd=fd)
