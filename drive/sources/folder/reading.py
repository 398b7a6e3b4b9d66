"""Copies a file that was found to where we work on it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drive.sources.base import Changed, FolderGone, SourceFile, TooLarge, Vanished
from drive.sources.folder.looking import version_of
from drive.sources.folder.places import opened_folder, parts_of, telling

CHUNK = 1024 * 1024
REGULAR = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A named pipe that took a file's place would wait for its writer for ever."""


def read_file(root: Path, file: SourceFile, into: Path, most_bytes: int) -> None:
    """As `Source.read`: the content is of one version, for that is compared before and after."""
    parts = parts_of(file.id)
    if not parts:
        raise Vanished("no file has this id")
    try:
        with opened_folder(root, file.id.rpartition("/")[0]) as fd, opened_file(fd, parts[-1]) as source:
            _copy(source, file, into, most_bytes)
    except FolderGone as error:
        raise Vanished(str(error)) from error


def _copy(source: int, file: SourceFile, into: Path, most_bytes: int) -> None:
    _compare(source, file)
    if file.size > most_bytes:
        raise TooLarge(file.size)
    copied = 0
    with into.open("wb") as copy:
        for chunk in chunks_of(source):
            copied += len(chunk)
            if copied > file.size:
                raise Changed("it grew")
            copy.write(chunk)
    _compare(source, file)
    if copied != file.size:
        raise Changed("it ended early")


def _compare(source: int, file: SourceFile) -> None:
    with telling(file.folder):
        if version_of(os.fstat(source)) != file.version:
            raise Changed("it is another version")


def chunks_of(source: int) -> Iterator[bytes]:
    """Raises SourceError as reading fails; what the caller does with a chunk is not its matter."""
    while True:
        with telling(""):
            chunk = os.read(source, CHUNK)
        if not chunk:
            return
        yield chunk


@contextmanager
def opened_file(fd: int, name: str) -> Iterator[int]:
    """A descriptor of the regular file of this name. Raises FolderGone if it is none, SourceError."""
    with telling(""):
        source = os.open(name, REGULAR, dir_fd=fd)
    try:
        if not stat.S_ISREG(os.fstat(source).st_mode):
            raise FolderGone("", "it is no file")
        yield source
    finally:
        os.close(source)


def is_same(fd: int, name: str, content: Path) -> bool | None:
    """Whether the file of this name has that content; None if there is nothing of that name."""
    try:
        with telling(""):
            os.stat(name, dir_fd=fd, follow_symlinks=False)
    except FolderGone:
        return None
    try:
        with opened_file(fd, name) as there, content.open("rb") as ours:
            return all(ours.read(len(chunk)) == chunk for chunk in chunks_of(there)) and not ours.read(1)
    except FolderGone:
        return False
