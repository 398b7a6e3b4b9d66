"""The node's process: ending with its parent, folders at the start, large bodies, pages of other sites."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.cpu_node.replay import Listener
from tests.jobs.cpu_node.running import PATIENCE, ROOT, RunningNode, finished, make_graph, submit, wait_until

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "jobs.cpu_node", "--port", "0", *sys.argv[1:]], stdout=subprocess.PIPE)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
child.wait()
"""


def start_with_parent(data_dir: Path, *options: str) -> tuple["subprocess.Popen[str]", int, RunningNode]:
    """Start a process that starts a node; return it, the id of the node's process, and the node."""
    command = [sys.executable, "-c", PARENT, "--data-dir", str(data_dir), *options]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    number, line = parent.stdout.readline().split(maxsplit=1)
    assert line.startswith("CPU node ready on http://127.0.0.1:")
    node = RunningNode(data_dir)
    node.address = line.split("http://")[1].strip()
    return parent, int(number), node


def is_alive(pid: int) -> bool:
    """Return whether the process runs. A zombie, which its parent has not reaped yet, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_ends_with_its_parent(tmp_path: Path) -> None:
    parent, pid, _ = start_with_parent(tmp_path, "--with-parent")
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_alive(pid))


def test_outlives_its_parent_unless_asked(tmp_path: Path) -> None:
    parent, pid, node = start_with_parent(tmp_path, "--test-nodes")
    try:
        parent.kill()
        parent.communicate()
        # The prompt takes three times the interval at which a node with a parent looks for it.
        row = finished(node, submit(node, prompt=make_graph(seconds=0.8)))
        assert row["status"]["status_str"] == "success"
    finally:
        os.kill(pid, signal.SIGKILL)


def test_terminates_at_once(tmp_path: Path) -> None:
    with RunningNode(tmp_path) as running:
        listener = Listener(running, "/ws?clientId=a")
        assert running.process is not None
        running.process.terminate()
        assert running.process.wait(PATIENCE) == -signal.SIGTERM
        assert listener.closed.wait(PATIENCE)
        listener.close()


def test_temp_is_emptied_at_the_start_and_outputs_stay(tmp_path: Path) -> None:
    for folder in ("temp", "output"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "old.png").write_bytes(b"old")
    with RunningNode(tmp_path) as running:
        statuses = [
            running.call("GET", f"/view?filename=old.png&type={kind}").status for kind in ("temp", "output")
        ]
    assert statuses == [404, 200]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with RunningNode(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_large_body_is_refused(node: RunningNode) -> None:
    answer = node.call("POST", "/prompt", None, {"Content-Length": str(200 * 2**20)})
    assert (answer.status, answer.data) == (413, b"Maximum request body size 104857600 exceeded.")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
    ],
)
def test_pages_of_other_sites_are_refused(headers: dict[str, str], status: int, node: RunningNode) -> None:
    assert node.call("GET", "/queue", None, headers).status == status
