"""Keeps freed memory for the next picture, and returns it to the system when the node is idle.

By default glibc returns each large array to the system at once, and the system clears the next one of the same size
page by page again. That costs a quarter of a preset's time. Other C libraries are left alone.
"""

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 2**30


def keep_freed_memory() -> None:
    """Allocate arrays of up to 1 GiB from one heap that does not shrink by itself."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        # Arenas other than the main one are too small for pictures.
        library.mallopt(_ARENA_MAX, 1)


def release_freed_memory() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
