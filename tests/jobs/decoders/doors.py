"""Everything that hostile code in a child could try, and what shuts each door: TASKS of a real supervisor."""

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobs.decoders import confinement
from jobs.uploads.child_limits import ChildLimits

FOUND = Path("found.json")
BOTH, FILES_ONLY, CALLS_ONLY = "both", "Landlock only", "seccomp only"
NEVER = 1000
"""No version of Landlock shuts this door."""

_libc = ctypes.CDLL(None, use_errno=True)
_victim, _outside = 0, Path()


@dataclass(frozen=True)
class Door:
    """`landlock` is the first version that shuts it, `seccomp` whether the filter does."""

    go: Callable[[], object]
    landlock: int = NEVER
    seccomp: bool = True

    def is_open(self, layers: str, version: int) -> bool:
        """Whether it stays open with these layers on a kernel with this version of Landlock."""
        by_landlock = layers != CALLS_ONLY and version >= self.landlock
        return not by_landlock and (layers == FILES_ONLY or not self.seccomp)


def _call(name: str, *arguments: object) -> int:
    """Calls a function of libc. Raises OSError if it fails."""
    result = getattr(_libc, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return int(result)


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _send(family: int, kind: int, address: object) -> None:
    with socket.socket(family, kind) as sender:
        sender.connect(address)  # type: ignore[arg-type]
        sender.send(b"x")


_ports: dict[str, int] = {}


def _exec() -> None:
    """Replaces this program by one that ends with 0: had it worked, nothing would be reported."""
    os.execv("/bin/true", ["true"])


DOORS: dict[str, Door] = {
    "read the secret key": Door(lambda: (_outside / "secret_key").read_bytes(), 1, seccomp=False),
    "read the database": Door(lambda: (_outside / "db.sqlite3").read_bytes(), 1, seccomp=False),
    "read another's photo": Door(lambda: (_outside / "photo.png").read_bytes(), 1, seccomp=False),
    "list a folder": Door(lambda: list(_outside.iterdir()), 1, seccomp=False),
    "list the processes": Door(lambda: list(Path("/proc").iterdir()), 1, seccomp=False),
    "read passwords": Door(lambda: Path("/etc/passwd").read_bytes(), 1, seccomp=False),
    "read the parent's environment": Door(
        lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(), 1, seccomp=False
    ),
    "open the parent's memory": Door(
        lambda: os.close(os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY)), 1, seccomp=False
    ),
    "open a descriptor of the parent's": Door(
        lambda: os.close(os.open(f"/proc/{os.getppid()}/fd/2", os.O_WRONLY)), 1, seccomp=False
    ),
    "overwrite another's photo": Door(lambda: (_outside / "photo.png").write_bytes(b"x"), 1, seccomp=False),
    "make a file outside": Door(lambda: (_outside / "new").write_bytes(b"x"), 1, seccomp=False),
    "make more files in its folder": Door(lambda: Path("more").write_bytes(b"x"), 1, seccomp=False),
    "use shared memory": Door(lambda: Path("/dev/shm/creator-door").write_bytes(b"x"), 1, seccomp=False),
    "cut another's photo": Door(lambda: os.truncate(_outside / "photo.png", 1), 3),
    "remove another's photo": Door(lambda: (_outside / "photo.png").unlink(), 1),
    "move another's photo": Door(lambda: (_outside / "photo.png").rename(_outside / "moved"), 1),
    "make a folder": Door(lambda: Path("folder").mkdir(), 1),
    "link to a file": Door(lambda: Path("link").symlink_to(_outside / "secret_key"), 1),
    "give rights away": Door(lambda: (_outside / "secret_key").chmod(0o666)),
    "change a date": Door(lambda: os.utime(_outside / "secret_key")),
    "fork": Door(_fork),
    "run a program": Door(lambda: subprocess.run(["/bin/true"], check=True), 1),
    "spawn a program": Door(lambda: os.posix_spawn("/bin/true", ["true"], {}), 1),
    "become a program": Door(_exec, 1),
    "signal its parent": Door(lambda: os.kill(os.getppid(), signal.SIGCONT), 6),
    "signal another": Door(lambda: os.kill(_victim, signal.SIGCONT), 6),
    "signal a thread of another": Door(lambda: _call("tgkill", _victim, _victim, signal.SIGCONT), 6),
    "signal by descriptor": Door(lambda: signal.pidfd_send_signal(os.pidfd_open(_victim), signal.SIGCONT), 6),
    "have a signal sent": Door(lambda: fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())),
    "trace another": Door(lambda: _call("ptrace", 16, _victim, 0, 0), 1),
    "read another's memory": Door(lambda: _read_memory(), 1),
    "limit its parent": Door(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0))),
    "slow another down": Door(lambda: os.setpriority(os.PRIO_PROCESS, _victim, 19)),
    "bind another to a processor": Door(lambda: os.sched_setaffinity(_victim, {0})),
    "send UDP": Door(lambda: _send(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", _ports["udp"]))),
    "connect by TCP": Door(lambda: _send(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", _ports["tcp"])), 4),
    "listen by TCP": Door(lambda: socket.create_server(("127.0.0.1", 0)), 4),
    "connect to a Unix socket": Door(
        lambda: _send(socket.AF_UNIX, socket.SOCK_STREAM, str(_outside / "socket"))
    ),
    "connect to an abstract socket": Door(
        lambda: _send(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{_outside}"), 6
    ),
    "ask the kernel about the network": Door(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)),
    "make a pair of sockets": Door(socket.socketpair),
    "make a pipe": Door(os.pipe),
    "make a file in memory": Door(lambda: os.memfd_create("x")),
    "make a shared segment": Door(lambda: _call("shmctl", _call("shmget", 0, 4096, 0o1600), 0, None)),
    "watch files": Door(lambda: _call("inotify_init")),
    "mount": Door(lambda: _call("mount", b"none", b"/mnt", b"tmpfs", 0, None), 1),
    "change how programs run": Door(lambda: _call("personality", 0x0040000)),
    "make a namespace": Door(lambda: _call("unshare", 0x10000000)),
    "leave its folder": Door(lambda: os.chdir(_outside)),
    "change its root": Door(lambda: os.chroot(".")),
}  # fmt: skip


def _read_memory() -> None:
    class Part(ctypes.Structure):
        _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))

    mine = ctypes.create_string_buffer(8)
    own, other = Part(ctypes.addressof(mine), 8), Part(int(_victim_memory, 16), 8)
    _call("process_vm_readv", _victim, ctypes.byref(own), 1, ctypes.byref(other), 1, 0)


_victim_memory = "0"


def try_doors(arguments: list[str]) -> None:
    """Confines itself by the layers that the first argument names, tries every door and tells which are open."""
    global _victim, _outside, _victim_memory
    layers, outside, told = arguments
    facts = json.loads(told)
    _outside, _victim, _victim_memory = Path(outside), facts["victim"], facts["memory"]
    _ports.update(facts["ports"])
    ChildLimits.sized_for(10**7, 24).apply()
    _confine(layers)
    with FOUND.open("w") as file:
        json.dump({name: _try(door) for name, door in DOORS.items() if name != "become a program"}, file)


def _confine(layers: str) -> None:
    if layers == CALLS_ONLY:
        confinement.restrict_files = lambda **_: True  # type: ignore[assignment]
    if layers == FILES_ONLY:
        confinement.refuse_system_calls = lambda: True
    confinement.confine(reads=[], writes=[FOUND])


def _try(door: Door) -> str:
    """Returns "open", or what the kernel said."""
    try:
        door.go()
    except OSError as error:
        return type(error).__name__ if error.errno is None else os.strerror(error.errno)
    return "open"


def become_a_program(_: list[str]) -> None:
    confinement.confine(reads=[], writes=[FOUND])
    FOUND.write_text(json.dumps(_try(DOORS["become a program"])))


def look_around(arguments: list[str]) -> None:
    """What a confined child is meant to do: read its source, import modules, start a thread, limit itself."""
    source = Path(arguments[0])
    confinement.confine(reads=[source], writes=[FOUND])
    import threading

    import numpy as np

    lines: list[str] = []
    thread = threading.Thread(target=lambda: lines.append(source.read_text()))
    thread.start()
    thread.join()
    resource.setrlimit(resource.RLIMIT_CPU, (30, 60))
    known = {
        "environment": sorted(os.environ),
        "descriptors": _descriptors(),
        "nproc": resource.getrlimit(resource.RLIMIT_NPROC)[0],
    }
    FOUND.write_text(json.dumps({"read": lines[0], "sum": int(np.arange(4).sum())} | known))


def _descriptors() -> list[int]:
    def is_open(number: int) -> bool:
        try:
            os.fstat(number)
        except OSError:
            return False
        return True

    return [number for number in range(256) if is_open(number)]


def fill_up(_: list[str]) -> None:
    """Writes and allocates as much as it may, and tells how far it came."""
    limits = ChildLimits.sized_for(10**6, 1)
    limits.apply()
    confinement.confine(reads=[], writes=[FOUND, Path("large")])
    written = 0
    with Path("large").open("wb", buffering=0) as file:
        try:
            while True:
                written += file.write(bytes(10**6)) or 0
        except OSError:
            pass
        file.truncate(0)
    blocks = []
    try:
        while True:
            blocks.append(bytearray(10**7))
    except MemoryError:
        count = len(blocks)
        blocks.clear()
    FOUND.write_text(
        json.dumps(
            {
                "written": written,
                "allocated": count * 10**7,
                "limits": [limits.file_bytes, limits.address_space],
            }
        )
    )


TASKS = {each.__name__: each for each in (try_doors, become_a_program, look_around, fill_up)}
