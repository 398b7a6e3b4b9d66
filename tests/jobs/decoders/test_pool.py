"""A real supervisor with real children: turns, endings, deaths, and what a child gets."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from jobs.decoders import Busy, CallerGone, Pool, PoolLost
from jobs.decoders.address import PROJECT_ROOT, Address
from jobs.decoders.messages import BEGUN, Order
from tests.jobs.decoders.acts import HERE
from tests.services.process import wait_until

ACTS = "tests.jobs.decoders.acts"
PATIENCE_S = 60.0
"""Only a failing test waits this long."""


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    return Pool(tmp_path / "decoders", tasks=ACTS)


@pytest.fixture
def threads():
    with ThreadPoolExecutor(8) as executor:
        yield executor


def _folder(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    return folder


def _heard(folder: Path, name: str = HERE) -> Any:
    """What the child in this folder tells, once it does."""
    wait_until((folder / name).exists, f"{name} is not written", PATIENCE_S)
    return json.loads((folder / name).read_text())


def _ends(pid: int) -> None:
    wait_until(
        lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE,
        "the process does not end",
        PATIENCE_S,
    )


def test_a_child_has_nothing_of_its_parents(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    folder = _folder(tmp_path, "a")
    ending = pool.run("tell", [], folder=folder, person="a")
    child = _heard(folder)
    assert (ending.status, ending.took_too_long) == (0, False)
    assert child["environment"] == ["LC_ALL", "MALLOC_ARENA_MAX", "OPENBLAS_NUM_THREADS"]
    assert child["descriptors"] == ["0", "1", "2"]
    assert child["session"] == child["pid"]
    assert not child["ignored_terminate"]
    assert (pool.folder.stat().st_mode & 0o777) == 0o700


def test_each_task_has_a_child_of_its_own(pool: Pool, tmp_path: Path) -> None:
    told = []
    for name in "abc":
        folder = _folder(tmp_path, name)
        pool.run("tell", [], folder=folder, person="a")
        told.append(_heard(folder))
    assert len({child["pid"] for child in told}) == 3
    assert len({child["supervisor"] for child in told}) == 1


@pytest.mark.parametrize(("task", "status"), [("fail", 1), ("crash", -signal.SIGSEGV)])
def test_endings(pool: Pool, tmp_path: Path, task: str, status: int) -> None:
    ending = pool.run(task, [], folder=tmp_path, person="a")
    assert (ending.status, ending.took_too_long) == (status, False)
    assert ("no Pillow" in (tmp_path / "stderr.txt").read_text()) == (task == "fail")


def test_a_child_that_burns_its_processor_time_ends(pool: Pool, tmp_path: Path) -> None:
    ending = pool.run("burn", ["1"], folder=tmp_path, person="a")
    assert (ending.status, ending.took_too_long) == (-signal.SIGXCPU, True)
    assert 0.5 < ending.cpu_seconds < 2


def test_a_child_that_sleeps_ends_by_the_clock(pool: Pool, tmp_path: Path) -> None:
    ending = pool.run("limited_sleep", ["1"], folder=tmp_path, person="a")
    assert (ending.status, ending.took_too_long) == (-signal.SIGKILL, True)
    assert 4 <= ending.seconds < 60


def test_what_a_child_started_ends_with_it(pool: Pool, tmp_path: Path) -> None:
    assert pool.run("leave_a_child", [], folder=tmp_path, person="a").status == 0
    _ends(_heard(tmp_path)["pid"])


def test_one_person_waits_for_itself_and_no_other_does(
    pool: Pool, tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    go = tmp_path / "go"
    first = threads.submit(pool.run, "wait_for", [str(go)], folder=_folder(tmp_path, "a"), person="a")
    _heard(tmp_path / "a")
    with pytest.raises(Busy):
        pool.run("tell", [], folder=_folder(tmp_path, "b"), person="a", wait_s=0.3)
    assert pool.run("tell", [], folder=_folder(tmp_path, "c"), person="b").status == 0
    go.touch()
    assert first.result().status == 0
    assert not (tmp_path / "b" / HERE).exists()


def test_processes_share_one_supervisor_and_its_queue(
    pool: Pool, tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    go = tmp_path / "go"
    here = threads.submit(pool.run, "wait_for", [str(go)], folder=_folder(tmp_path, "a"), person="a")
    supervisor = _heard(tmp_path / "a")["supervisor"]
    with _other_process(pool, "wait_for", str(go), _folder(tmp_path, "b"), person="b") as other:
        assert _heard(tmp_path / "b")["supervisor"] == supervisor
        with _other_process(pool, "tell", "", _folder(tmp_path, "c"), person="a") as waits:
            with pytest.raises(subprocess.TimeoutExpired):
                waits.wait(1)
            go.touch()
            assert (waits.wait(60), other.wait(60), here.result().status) == (0, 0, 0)


def _other_process(
    pool: Pool, task: str, argument: str, folder: Path, *, person: str
) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from pathlib import Path; from jobs.decoders import Pool\n"
        "pool, tasks, task, argument, folder, person = sys.argv[1:]\n"
        "ending = Pool(Path(pool), tasks).run(task, [argument], folder=Path(folder), person=person, wait_s=60)\n"
        "sys.exit(ending.status)"
    )
    command = [sys.executable, "-c", code, str(pool.folder), ACTS, task, argument, str(folder), person]
    return subprocess.Popen(command, cwd=PROJECT_ROOT)


def test_a_user_who_dies_takes_the_child_along(pool: Pool, tmp_path: Path) -> None:
    with _other_process(pool, "wait_for", "never", _folder(tmp_path, "a"), person="a") as user:
        child = _heard(tmp_path / "a")
        user.kill()
    _ends(child["pid"])
    assert pool.run("tell", [], folder=_folder(tmp_path, "b"), person="a").status == 0


def test_work_for_somebody_who_has_gone_is_broken_off(
    pool: Pool, tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    gone = threading.Event()
    work = threads.submit(pool.run, "wait_for", ["never"], folder=tmp_path, person="a", gone=gone)
    child = _heard(tmp_path)
    gone.set()
    with pytest.raises(CallerGone):
        work.result()
    _ends(child["pid"])


def test_a_user_who_goes_while_waiting_gives_the_place_up(
    pool: Pool, tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    go = tmp_path / "go"
    first = threads.submit(pool.run, "wait_for", [str(go)], folder=_folder(tmp_path, "a"), person="a")
    _heard(tmp_path / "a")
    with pytest.raises(Busy):
        pool.run("tell", [], folder=_folder(tmp_path, "gone"), person="a", wait_s=0.2)
    go.touch()
    first.result()
    assert pool.run("tell", [], folder=_folder(tmp_path, "b"), person="a").status == 0
    assert not (tmp_path / "gone" / HERE).exists()


def test_a_supervisor_killed_in_the_middle_costs_nothing(
    pool: Pool, tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    go, folder = tmp_path / "go", _folder(tmp_path, "a")
    work = threads.submit(pool.run, "wait_for", [str(go)], folder=folder, person="a")
    first = _heard(folder)
    _kill(first, folder)
    second = _heard(folder)
    _ends(first["pid"])
    assert second["supervisor"] != first["supervisor"]
    go.touch()
    assert work.result().status == 0


def test_a_supervisor_killed_twice_is_told(pool: Pool, tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    folder = _folder(tmp_path, "a")
    work: Future[Any] = threads.submit(pool.run, "wait_for", ["never"], folder=folder, person="a")
    for _ in range(2):
        _kill(_heard(folder), folder)
    with pytest.raises(PoolLost):
        work.result()


def _kill(child: dict[str, Any], folder: Path) -> None:
    (folder / HERE).unlink()
    os.kill(child["supervisor"], signal.SIGKILL)


def test_a_kept_pool_comes_back_by_itself(pool: Pool, tmp_path: Path) -> None:
    pool.keep()
    pool.run("tell", [], folder=tmp_path, person="a")
    first = _heard(tmp_path)
    address = Address.of(pool.folder, ACTS)
    before = _made(address)
    os.kill(first["supervisor"], signal.SIGKILL)
    wait_until(lambda: _made(address) not in (before, None), "no other supervisor starts", PATIENCE_S)


def _made(address: Address) -> int | None:
    try:
        return address.socket_file.stat().st_ctime_ns
    except FileNotFoundError:
        return None


def test_an_unused_supervisor_ends_and_leaves_no_file(pool: Pool, tmp_path: Path) -> None:
    pool.run("tell", [], folder=tmp_path, person="a")
    _ends(_heard(tmp_path)["supervisor"])
    assert list(pool.folder.iterdir()) == []


def test_many_who_come_at_once_start_one_supervisor(
    pool: Pool, tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    others = [Pool(pool.folder, ACTS) for _ in range(6)]
    folders = [_folder(tmp_path, str(number)) for number in range(6)]
    together = threading.Barrier(6)

    def run(number: int) -> int:
        together.wait()
        return others[number].run("tell", [], folder=folders[number], person=str(number), wait_s=60).status

    assert list(threads.map(run, range(6))) == [0] * 6
    assert len({_heard(folder)["supervisor"] for folder in folders}) == 1


def test_a_long_folder_is_no_obstacle(tmp_path: Path) -> None:
    pool = Pool(tmp_path / ("long" * 30) / "decoders", tasks=ACTS)
    assert pool.run("tell", [], folder=tmp_path, person="a").status == 0


def test_a_child_gives_no_orders(pool: Pool, tmp_path: Path) -> None:
    address = Address.of(pool.folder, ACTS)
    stolen = _folder(tmp_path, "stolen")
    order = Order("tell", [], str(stolen), "a").dump().decode().strip()
    pool.run("order", [str(address.socket_file), order], folder=tmp_path, person="b", wait_s=60)
    assert (tmp_path / "answer").read_bytes() == b""
    assert list(stolen.iterdir()) == []


@pytest.mark.parametrize(
    "line", [b"\n", b"{}\n", b"[]\n", b"\xff\n", b'{"task": "tell"}\n', b"x" * 100_000, b"no end"], ids=ascii
)
def test_nonsense_ends_one_connection_only(pool: Pool, tmp_path: Path, line: bytes) -> None:
    pool.run("tell", [], folder=tmp_path, person="a")
    with Address.of(pool.folder, ACTS).connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(line)
        connection.shutdown(1)
        assert BEGUN not in replies.readlines()
    supervisor = _heard(tmp_path)["supervisor"]
    pool.run("tell", [], folder=tmp_path, person="a")
    assert _heard(tmp_path)["supervisor"] == supervisor


def test_an_unknown_task_is_refused(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(PoolLost):
        pool.run("system", ["true"], folder=tmp_path, person="a")
