"""The system calls that a decoder needs, by their numbers on each architecture.

All others are refused: sockets, processes, programs, signals to others, making and removing files. Sources:
Linux's asm/unistd_64.h (x86-64) and asm-generic/unistd.h (AArch64). Older calls that AArch64 lacks have no
number there.
"""

from __future__ import annotations

from dataclasses import dataclass

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
"""As in linux/audit.h."""

_NUMBERS: dict[str, tuple[int, int | None]] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "pwrite64": (18, 68), "lseek": (8, 62), "open": (2, None), "openat": (257, 56), "close": (3, 57),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "fcntl": (72, 25), "ftruncate": (77, 46),
    "fstat": (5, 80), "stat": (4, None), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291),
    "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233),
    "brk": (12, 214), "get_mempolicy": (239, 236), "getrandom": (318, 278),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "tgkill": (234, 131),
    "clone": (56, 220), "futex": (202, 98), "set_robust_list": (273, 99), "set_tid_address": (218, 96),
    "rseq": (334, 293), "membarrier": (324, 283), "arch_prctl": (158, None), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "exit": (60, 93), "exit_group": (231, 94), "restart_syscall": (219, 128),
    "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getrlimit": (97, 163), "setrlimit": (160, 164),
    "prlimit64": (302, 261), "getrusage": (98, 165), "times": (100, 153), "sysinfo": (99, 179), "uname": (63, 160),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101), "gettimeofday": (96, 169), "poll": (7, None), "ppoll": (271, 73),
}  # fmt: skip

_NEW_THREAD = 0x10000
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030)
"""Duplicate a descriptor, get and set its flags. Others send signals."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The argument with this index must be one of `values` or have one of the bits in `bits`."""

    argument: int
    values: tuple[int, ...] = ()
    bits: int = 0


def allowed_calls(architecture: int, pid: int) -> dict[int, Condition | None]:
    """Returns the numbers of the allowed calls for the process `pid`, with their conditions."""
    itself = Condition(0, values=(pid,))
    conditions = {
        "clone": Condition(0, bits=_NEW_THREAD),  # threads, but no processes
        "fcntl": Condition(1, values=_FCNTL_COMMANDS),
        "prlimit64": Condition(0, values=(0, pid)),
        "tgkill": itself,
    }
    column = (X86_64, AARCH64).index(architecture)
    numbers = {name: both[column] for name, both in _NUMBERS.items()}
    return {number: conditions.get(name) for name, number in numbers.items() if number is not None}
