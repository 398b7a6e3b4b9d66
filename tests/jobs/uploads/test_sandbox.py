"""What a compromised decoder could still do. Skipped where the kernel has no Landlock."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ATTEMPTS = """
import json, os, pathlib, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
from jobs.uploads.sandbox import confine_writes

def attempt(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"

server = socket.create_server(("127.0.0.1", 0))
inside, outside = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
if not confine_writes(inside):
    print(json.dumps(None))
    raise SystemExit
print(json.dumps({
    "write inside": attempt(lambda: (inside / "new").write_text("x")),
    "write again": attempt(lambda: (inside / "new").write_text("y")),
    "remove inside": attempt(lambda: (inside / "new").unlink()),
    "read outside": attempt(lambda: (outside / "there").read_text()),
    "write outside": attempt(lambda: (outside / "new").write_text("x")),
    "overwrite outside": attempt(lambda: (outside / "there").write_text("x")),
    "remove outside": attempt(lambda: (outside / "there").unlink()),
    "link inside": attempt(lambda: (inside / "link").symlink_to(outside)),
    "run a program": attempt(lambda: subprocess.run([sys.executable, "-V"])),
    "connect": attempt(lambda: socket.create_connection(server.getsockname(), 5)),
}))
"""


@pytest.fixture
def results(tmp_path: Path) -> dict[str, str]:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "there").write_text("notices")
    command = [sys.executable, "-I", "-c", ATTEMPTS, str(ROOT), str(inside), str(outside)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if answer is None:
        pytest.skip("this kernel has no Landlock")
    assert [path.name for path in outside.iterdir()] == ["there"]
    assert (outside / "there").read_text() == "notices"
    return answer


def test_only_plain_files_in_the_folder(results: dict[str, str]) -> None:
    refused = "PermissionError"
    assert results == {
        "write inside": "done",
        "write again": "done",
        "remove inside": "done",
        "read outside": "done",
        "write outside": refused,
        "overwrite outside": refused,
        "remove outside": refused,
        "link inside": refused,
        "run a program": refused,
        "connect": refused,
    }
