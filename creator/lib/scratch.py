"""This process's own folder for temporary files, and the removal of what processes that died left in theirs.

Each process holds a lock on its folder `DATA_DIR/scratch/<name>`. The kernel releases it however the process
ends, so a folder without a lock has no living process and can be removed at once.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)
SWEPT_EVERY_S = 300.0
_own: dict[int, Path] = {}
"""Process id → its folder: a forked child makes one of its own."""
_making = threading.Lock()


def scratch_folder() -> Path:
    """The folder of this process, readable by its user only. The first call makes it."""
    with _making:
        if (folder := _own.get(os.getpid())) and folder.is_dir():
            return folder
        folder = _own[os.getpid()] = _make(_base())
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder


def sweep_scratch() -> int:
    """Removes the folders of processes that have ended. Returns how many."""
    dead = [folder for folder in _base().iterdir() if folder.is_dir() and _remove_if_dead(folder)]
    if dead:
        log.info("scratch_swept", folders=len(dead))
    return len(dead)


def keep_scratch_swept() -> None:
    """Sweeps now and every SWEPT_EVERY_S, for as long as this process lives."""
    sweep_scratch()
    timer = threading.Event()

    def sweep() -> None:
        while not timer.wait(SWEPT_EVERY_S):
            with suppress(OSError):
                sweep_scratch()

    threading.Thread(target=sweep, name="scratch-sweep", daemon=True).start()


def _base() -> Path:
    base: Path = settings.DATA_DIR / "scratch"
    base.mkdir(mode=0o700, exist_ok=True)
    return base


def _make(base: Path) -> Path:
    """A new folder with its lock. A sweep may remove it before it is locked; then another one is made."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))
        with suppress(FileNotFoundError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # stays open, and with it the lock
            fcntl.flock(held, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder
            os.close(held)


def _remove_if_dead(folder: Path) -> bool:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        os.close(descriptor)
