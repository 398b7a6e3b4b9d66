"""What the children of these tests do: TASKS of a real supervisor."""

import json
import os
import resource
import signal
import socket
import time
from pathlib import Path

HERE = "here.json"


def tell(_: list[str]) -> None:
    """Writes what a child has and what it is a child of."""
    found = {
        "pid": os.getpid(),
        "session": os.getsid(0),
        "supervisor": os.getppid(),
        "environment": sorted(os.environ),
        "descriptors": sorted(path.name for path in Path("/proc/self/fd").iterdir())[
            :-1
        ],  # the last one lists the folder
        "ignored_terminate": signal.getsignal(signal.SIGTERM) != signal.SIG_DFL,
    }
    Path("draft").write_text(json.dumps(found))
    Path("draft").replace(HERE)


def wait_for(arguments: list[str]) -> None:
    """Ends when the file of this name is there."""
    tell([])
    while not Path(arguments[0]).exists():
        time.sleep(0.01)


def leave_a_child(_: list[str]) -> None:
    if os.fork() == 0:
        tell([])
        time.sleep(600)
    while not Path(HERE).exists():
        time.sleep(0.01)


def limited_sleep(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(arguments[0]), 1000))
    time.sleep(600)


def burn(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(arguments[0]), 1000))
    while True:
        pass


def order(arguments: list[str]) -> None:
    """Asks the supervisor at this path for a task of its own."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(arguments[0])
        with connection.makefile("rb") as replies:
            try:
                connection.sendall(arguments[1].encode() + b"\n")
                answer = replies.read()
            except ConnectionError:
                answer = b""
            Path("answer").write_bytes(answer)


def fail(_: list[str]) -> None:
    raise ImportError("no Pillow")


def crash(_: list[str]) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


TASKS = {
    each.__name__: each for each in (tell, wait_for, leave_a_child, limited_sleep, burn, order, fail, crash)
}
