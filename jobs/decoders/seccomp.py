"""A seccomp filter: the kernel refuses all system calls but a few. Needs Linux 3.5 on x86-64 or AArch64.

Sources: Linux kernel documentation, "Seccomp BPF"; linux/filter.h, linux/seccomp.h. Why it is written here:
docs/adr/0026-children-confine-themselves.md.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

from jobs.decoders.system_calls import AARCH64, X86_64, Condition, allowed_calls

_ARCHITECTURES = {"x86_64": X86_64, "aarch64": AARCH64}
_LOAD, _RETURN, _IF_EQUAL, _IF_BITS = 0x20, 0x06, 0x15, 0x45
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
"""Places in struct seccomp_data. Of an argument's 64 bits the lower half comes first, and is all that counts in
the arguments that we look at."""
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.ENOSYS
"""As on a kernel that lacks the call: libraries then do without, or use an older one."""
_GET_SECCOMP, _SET_SECCOMP, _FILTER = 21, 22, 2

_libc = ctypes.CDLL(None, use_errno=True)


def can_refuse_system_calls() -> bool:
    """Tells whether the kernel has filters and we know the numbers of its calls."""
    return platform.machine() in _ARCHITECTURES and _libc.prctl(_GET_SECCOMP, 0, 0, 0, 0) >= 0


def refuse_system_calls() -> bool:
    """Permanently leaves this thread only the calls of `allowed_calls`. Needs no_new_privs.

    Returns False where it cannot. Call it before the first thread starts.
    """
    if not can_refuse_system_calls():
        return False
    architecture = _ARCHITECTURES[platform.machine()]
    code = _program(architecture, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))  # struct sock_fprog
    return bool(_libc.prctl(_SET_SECCOMP, _FILTER, program, 0, 0) == 0)


def _program(architecture: int, pid: int) -> bytes:
    lines = [
        _line(_LOAD, _ARCHITECTURE_AT),
        _line(_IF_EQUAL, architecture, then=1),
        _line(_RETURN, _REFUSE),
        _line(_LOAD, _NUMBER_AT),
    ]
    for number, condition in allowed_calls(architecture, pid).items():
        answer = _answer(condition)
        lines += [_line(_IF_EQUAL, number, otherwise=len(answer)), *answer]
    return b"".join([*lines, _line(_RETURN, _REFUSE)])


def _answer(condition: Condition | None) -> list[bytes]:
    if condition is None:
        return [_line(_RETURN, _ALLOW)]
    lines = [_line(_LOAD, _ARGUMENTS_AT + 8 * condition.argument)]
    for value in condition.values:
        lines += [_line(_IF_EQUAL, value, otherwise=1), _line(_RETURN, _ALLOW)]
    if condition.bits:
        lines += [_line(_IF_BITS, condition.bits, otherwise=1), _line(_RETURN, _ALLOW)]
    return [*lines, _line(_RETURN, _REFUSE)]


def _line(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction; `then` and `otherwise` say how many to skip (struct sock_filter)."""
    return struct.pack("=HBBI", code, then, otherwise, value)
