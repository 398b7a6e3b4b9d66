"""Keeping freed memory for the next picture, and giving it back when there is nothing to do.

By default glibc returns each large array to the system at once, and the next one of the same size is cleared page
by page again: a quarter of the time of a preset. Other C libraries are left as they are.
"""

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 2**30


def keep_freed_memory() -> None:
    """Let arrays of up to 1 GiB come from one heap that does not shrink by itself."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        # Other arenas than the main one are too small for pictures.
        library.mallopt(_ARENA_MAX, 1)


def release_freed_memory() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
