"""Where a file or folder is: its id, how it is opened, and what an error of the system means."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drive.sources.base import Away, FolderGone, Full, NameRefused, SourceError

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.EROFS})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
REFUSED = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})


def id_of(folder: str, name: str) -> str:
    """The id of what has this name in the folder.

    A name may have bytes that are no UTF-8, which a database cannot store. Each stands in the id as `%` and two
    hexadecimal digits, and so does `%` itself.
    """
    part = re.sub("[%\udc80-\udcff]", lambda found: f"%{ord(found[0]) & 0xFF:02X}", name)
    return f"{folder}/{part}" if folder else part


def parts_of(identity: str) -> list[str] | None:
    """The names from the root down to what has this id; None if nothing can have it."""
    if not identity:
        return []
    parts = [_name_of(part) for part in identity.split("/")]
    names = [name for name in parts if name not in (None, "", ".", "..")]
    return names if len(names) == len(parts) else None


def _name_of(part: str) -> str | None:
    """One id for one name: an escape that `id_of` would not make stands for nothing."""
    try:
        name = os.fsdecode(os.fsencode(unescaped(part)))
    except UnicodeEncodeError:
        return None
    return name if "\0" not in name and id_of("", name) == part else None


def unescaped(part: str) -> str:
    """The name that `id_of` made this part of an id from."""
    return re.sub("%(25|[89A-F][0-9A-F])", _character, part)


def _character(found: re.Match[str]) -> str:
    return "%" if found[1] == "25" else chr(0xDC00 + int(found[1], 16))


def shown(name: str) -> str:
    """The name for people: bytes that are no UTF-8 become replacement characters."""
    return os.fsencode(name).decode(errors="replace")


def told(error: OSError, folder: str) -> SourceError:
    """What the error says about a folder that is used."""
    reason = error.strerror or type(error).__name__
    if error.errno in GONE:
        return FolderGone(folder, reason)
    if error.errno in FULL:
        return Full(reason)
    if error.errno in REFUSED:
        return NameRefused(reason)
    return Away(reason)


@contextmanager
def telling(folder: str) -> Iterator[None]:
    """Turns errors of the system into those of sources."""
    try:
        yield
    except OSError as error:
        raise told(error, folder) from error


@contextmanager
def opened_folder(root: Path, folder: str) -> Iterator[int]:
    """A descriptor of the folder, for use with `dir_fd`.

    Raises FolderGone; Away if the root is not there, or is empty, as the place of a share that is not mounted is.
    """
    fd = _open_root(root)
    try:
        parts = parts_of(folder)
        if parts is None:
            raise FolderGone(folder, "no folder has this id")
        if parts and _is_empty(fd):
            raise Away("the root is empty: its share may not be mounted")
        for part in parts:
            above = fd
            with telling(folder):
                fd = os.open(part, DIRECTORY, dir_fd=above)
            os.close(above)
        yield fd
    finally:
        os.close(fd)


def _open_root(root: Path) -> int:
    """The root itself may be a link: whoever set up the connection named it."""
    try:
        return os.open(root, DIRECTORY & ~os.O_NOFOLLOW)
    except OSError as error:
        raise Away(f"the root cannot be opened: {error.strerror}") from error


def _is_empty(fd: int) -> bool:
    with os.scandir(fd) as entries:
        return next(entries, None) is None
