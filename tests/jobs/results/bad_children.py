"""Children of results' decoders that crash or lie: TASKS of a real supervisor."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

SIZES = {"result.png": [64, 48], "preview.webp": [64, 48], "thumbnail.webp": [64, 48]}
PNG, WEBP = b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"


def _leave(report: object, **files: bytes) -> None:
    Path("report.json").write_text(json.dumps(report))
    for name, content in ({"result.png": PNG, "preview.webp": WEBP, "thumbnail.webp": WEBP} | files).items():
        Path(name).write_bytes(content)


def _link() -> None:
    _leave(SIZES)
    Path("result.png").unlink()
    Path("result.png").symlink_to("/etc/passwd")


def _fail() -> None:
    raise MemoryError


CRASHES: dict[str, Callable[[], None]] = {
    "segmentation fault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "too much time": lambda: os.kill(os.getpid(), signal.SIGXCPU),
}
FAULTS: dict[str, Callable[[], None]] = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "no memory": _fail,
    "nothing": lambda: None,
    "no JSON": lambda: _leave_text("{"),
    "a list": lambda: _leave([]),
    "half a report": lambda: _leave({"result.png": [64, 48]}),
    "no numbers": lambda: _leave(SIZES | {"result.png": ["a", "b"]}),
    "no pixels": lambda: _leave(SIZES | {"result.png": [0, 48]}),
    "too many pixels": lambda: _leave(SIZES | {"result.png": [10**9, 48]}),
    "a page": lambda: _leave(SIZES, **{"result.png": b"<html>"}),
    "another format": lambda: _leave(SIZES, **{"thumbnail.webp": PNG}),
    "a link": _link,
}


def _leave_text(text: str) -> None:
    Path("report.json").write_text(text)


TASKS = {name: lambda _, act=act: act() for name, act in (CRASHES | FAULTS).items()}
