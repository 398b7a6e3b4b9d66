"""TASKS of decoders that go wrong: they die, hang, or leave something else than a report."""

import os
import resource
import signal
import time
from pathlib import Path


def _limit_to_one_second() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))


def crash(_: list[str]) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def burn(_: list[str]) -> None:
    _limit_to_one_second()
    while True:
        pass


def sleep(_: list[str]) -> None:
    _limit_to_one_second()
    time.sleep(600)


def fail(_: list[str]) -> None:
    raise ImportError("no Pillow")


def tell_nothing(_: list[str]) -> None:
    pass


def tell_no_json(_: list[str]) -> None:
    _report("{")


def tell_a_list(_: list[str]) -> None:
    _report("[]")


def tell_half(_: list[str]) -> None:
    _report('{"width": 5}')


def leave_a_link(_: list[str]) -> None:
    _report("{}")
    Path("photo.png").symlink_to("/etc/passwd")


def _report(text: str) -> None:
    Path("report.json").write_text(text)


ACTS = (crash, burn, sleep, fail, tell_nothing, tell_no_json, tell_a_list, tell_half, leave_a_link)
TASKS = {act.__name__: act for act in ACTS}
