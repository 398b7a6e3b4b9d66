"""Hostile code in a child finds every door shut. What a kernel leaves open is told, and follows from its version."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from jobs.decoders import Pool
from jobs.decoders.confinement import open_doors
from jobs.decoders.landlock import landlock_version
from tests.jobs.decoders.doors import BOTH, CALLS_ONLY, DOORS, FILES_ONLY, FOUND

ADDRESS = re.compile(r"^([0-9a-f]+)-.* rw", re.MULTILINE)
KEPT = {"secret_key": b"secret", "db.sqlite3": b"rows", "photo.png": b"another's"}


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return Pool(tmp_path_factory.mktemp("decoders"), tasks="tests.jobs.decoders.doors")


def _run(pool: Pool, task: str, folder: Path, *arguments: str) -> Any:
    folder.mkdir()
    ending = pool.run(task, arguments, folder=folder, person="a")
    assert ending.status == 0, (folder / "stderr.txt").read_text()
    return json.loads((folder / FOUND).read_text())


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder like that of an installation."""
    folder = tmp_path / "var"
    folder.mkdir()
    for name, content in KEPT.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def facts(outside: Path) -> Iterator[str]:
    """What hostile code could know: a process of the same user, and addresses where somebody listens."""
    with ExitStack() as stack:
        victim = stack.enter_context(
            subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        )
        stack.callback(victim.kill)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        for name in (str(outside / "socket"), f"\0{outside}"):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(name)
            listener.listen()
        memory = ADDRESS.search(Path(f"/proc/{victim.pid}/maps").read_text())
        assert memory
        ports = {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1]}
        yield json.dumps({"victim": victim.pid, "memory": memory[1], "ports": ports})


@pytest.mark.parametrize("layers", [BOTH, FILES_ONLY, CALLS_ONLY])
def test_doors(layers: str, pool: Pool, outside: Path, facts: str, tmp_path: Path) -> None:
    version = landlock_version()
    found = _run(pool, "try_doors", tmp_path / "work", layers, str(outside), facts)
    sys.stdout.write(f"Landlock {version}, {layers}: {json.dumps(found, indent=1)}\n")
    expected = {name for name in found if DOORS[name].is_open(layers, version)}
    assert {name for name, said in found.items() if said == "open"} == expected


def test_all_doors_are_shut_where_the_kernel_can(
    pool: Pool, outside: Path, facts: str, tmp_path: Path
) -> None:
    found = _run(pool, "try_doors", tmp_path / "work", BOTH, str(outside), facts)
    assert bool([name for name, said in found.items() if said == "open"]) == bool(open_doors())
    assert {name: (outside / name).read_bytes() for name in KEPT} == KEPT or open_doors()


def test_it_cannot_become_a_program(pool: Pool, tmp_path: Path) -> None:
    assert _run(pool, "become_a_program", tmp_path / "work") != "open"


def test_it_can_do_its_work(
    pool: Pool, outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    found = _run(pool, "look_around", tmp_path / "work", str(outside / "photo.png"))
    assert found == {
        "read": "another's",
        "sum": 6,
        "environment": ["LC_ALL", "MALLOC_ARENA_MAX", "OPENBLAS_NUM_THREADS"],
        "descriptors": [0, 1, 2],
        "nproc": 4096,
    }


def test_it_fills_neither_disk_nor_memory(pool: Pool, tmp_path: Path) -> None:
    found = _run(pool, "fill_up", tmp_path / "work")
    file_bytes, address_space = found["limits"]
    assert file_bytes - 10**6 <= found["written"] <= file_bytes
    assert 0 < found["allocated"] < address_space
