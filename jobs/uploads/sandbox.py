"""Landlock for the decoding child: even a compromised decoder only writes files in its own folder.

Needs Linux 5.13 or newer; on other systems only the resource limits apply. Source: Linux kernel
documentation, "Landlock: unprivileged access control".
"""

import ctypes
import os
import struct
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on all architectures
_VERSION_FLAG, _PATH_BENEATH, _SET_NO_NEW_PRIVS = 1, 1, 38

_WRITE_FILE, _MAKE_FILE, _REMOVE_FILE = 1 << 1, 1 << 8, 1 << 5
_BY_VERSION = {
    1: 0x1FFF & ~(1 << 2 | 1 << 3),  # run, write, make and remove anything; reading stays allowed
    3: 1 << 14,  # truncate
}
_TCP_SINCE, _TCP = 4, 0b11  # bind and connect


def confine_writes(folder: Path) -> bool:
    """Permanently limits this process to creating, writing and removing plain files in `folder`.

    It can then start no program and open no TCP connection (kernels with Landlock version 4). Returns False
    if the kernel has no Landlock. Call it before the first thread starts. Raises OSError.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return False
    files = sum(bits for since, bits in _BY_VERSION.items() if version >= since)
    attributes = struct.pack("=QQ", files, _TCP) if version >= _TCP_SINCE else struct.pack("=Q", files)
    rules = _check(libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    parent = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    allowed = files & (_WRITE_FILE | _MAKE_FILE | _REMOVE_FILE | _BY_VERSION[3])
    _check(libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", allowed, parent), 0))
    _check(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _check(libc.syscall(_RESTRICT_SELF, rules, 0))
    os.close(parent)
    os.close(rules)
    return True


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
