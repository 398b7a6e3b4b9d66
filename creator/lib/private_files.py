"""Files of this installation are readable by the user it runs as, and by no other."""

from __future__ import annotations

import os
from pathlib import Path

PRIVATE = 0o077
"""The permission bits of group and others."""
_shells: int | None = None


def closed_to_others(mode: int) -> int:
    """`mode` (permissions, or as `st_mode`) without those of group and others."""
    return mode & ~PRIVATE


def keep_private() -> None:
    """What this process and its children make from now on is for their user alone (umask(2))."""
    global _shells
    before = os.umask(PRIVATE)
    _shells = before if _shells is None else _shells


def open_as_the_shell_would(path: Path) -> None:
    """Gives a file or folder that was made for the person who called a command the permissions of their shell.

    The umask itself stays: other threads of the process make files at the same time.
    """
    if _shells is not None:
        path.chmod((0o777 if path.is_dir() else 0o666) & ~_shells)
