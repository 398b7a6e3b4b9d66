"""Landlock: which files a process may still read and write. Needs Linux 5.13.

Source: Linux kernel documentation, "Landlock: unprivileged access control".
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on all architectures
_VERSION_FLAG, _PATH_BENEATH = 1, 1

_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_FILES_SINCE = {1: 0x1FFF, 2: 1 << 13, 3: _TRUNCATE, 5: 1 << 15}
"""Rights by the version that knows them: all but move to another folder, truncate, ioctl of devices, which came later."""
_TCP_SINCE, _TCP = 4, 0b11
"""Bind and connect."""
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""Abstract Unix sockets and signals, if they reach out of the confined processes."""

_libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """Returns the version (ABI) of the kernel's Landlock, 0 if it has none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def restrict_files(*, reads: Iterable[Path], writes: Iterable[Path]) -> bool:
    """Permanently limits this thread to reading `reads`, files or folders, and reading and writing the files `writes`.

    All of them must exist. It can then make, remove and run no file, nor open a TCP connection (version 4), nor
    signal others (version 6). Returns False if the kernel has no Landlock. Needs no_new_privs. Raises OSError.
    """
    version = landlock_version()
    if not version:
        return False
    handled = sum(rights for since, rights in _FILES_SINCE.items() if version >= since)
    attributes = struct.pack("=Q", handled)
    if version >= _TCP_SINCE:
        attributes += struct.pack("=Q", _TCP)
    if version >= _SCOPES_SINCE:
        attributes += struct.pack("=Q", _SCOPES)
    rules = _check(_libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    try:
        for path in reads:
            _allow(rules, path, _READ_FILE | (_READ_DIR if path.is_dir() else 0))
        for path in writes:
            _allow(rules, path, handled & (_READ_FILE | _WRITE_FILE | _TRUNCATE))
        _check(_libc.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)
    return True


def _allow(rules: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH)
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        _check(_libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
