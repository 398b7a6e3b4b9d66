"""What a child may still do once it has confined itself: read its files, fill those it was given, and compute."""

from __future__ import annotations

import ctypes
import resource
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from jobs.decoders.address import PROJECT_ROOT
from jobs.decoders.landlock import landlock_version, restrict_files
from jobs.decoders.seccomp import can_refuse_system_calls, refuse_system_calls

_SET_NO_NEW_PRIVS = 38
_MOST_PROCESSES = 4096
"""Of the user, threads included. It ends a flood of threads; what an installation runs are far fewer."""
_SHARED_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")

_libc = ctypes.CDLL(None, use_errno=True)


def confine(*, reads: Iterable[Path], writes: Iterable[Path]) -> None:
    """Permanently confines this process to reading `reads` and writing `writes`, which it empties or makes now.

    It can import modules, start threads and limit itself further. It can do nothing else: no other file, no
    process, no program, no network, no signal to others. What a kernel cannot enforce stays open: see
    `open_doors`. Call it before the first thread starts. Raises OSError.
    """
    writes = tuple(writes)
    for path in writes:
        path.write_bytes(b"")
    _, most = resource.getrlimit(resource.RLIMIT_NPROC)
    bound = _MOST_PROCESSES if most == resource.RLIM_INFINITY else min(most, _MOST_PROCESSES)
    resource.setrlimit(resource.RLIMIT_NPROC, (bound, bound))
    if _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    restrict_files(reads=(*_CODE, *reads), writes=writes)
    refuse_system_calls()


def _find_code() -> tuple[Path, ...]:
    """The interpreter's modules, the project's and the libraries of the system, as far as they exist."""
    modules = [Path(path) for path in sys.path if path and Path(path) != PROJECT_ROOT]
    shared = [Path(path) for path in (*_SHARED_LIBRARIES, sysconfig.get_config_var("LIBDIR") or "/lib")]
    return tuple({path.resolve() for path in (*modules, PROJECT_ROOT / "jobs", *shared) if path.exists()})


_CODE = _find_code()
"""Found once, before children are forked."""


def open_doors() -> list[str]:
    """Returns what this kernel cannot refuse a confined process, to follow "it can"."""
    doors = []
    if not landlock_version():
        doors.append("read and write the files of its user")
    if not can_refuse_system_calls():
        doors.append("start processes and use the network")
    return doors
