"""The short form of `make chaos`: the running product is killed twice and paused once under load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MUST_BE_ZERO = (
    "lost",
    "duplicated",
    "double_settled",
    "drift",
    "unfinished",
    "wrong_content",
    "errors_logged",
)

pytestmark = pytest.mark.chaos


def test_kills_and_a_pause_lose_and_double_nothing(tmp_path):
    options = ["--seed", "5", "--jobs", "8", "--kills", "2", "--pauses", "1"]
    places = ["--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "chaos.json")]

    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.crashes", *options, *places],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    (run,) = json.loads((tmp_path / "chaos.json").read_text())["runs"]
    assert {name: run[name] for name in MUST_BE_ZERO} == dict.fromkeys(MUST_BE_ZERO, 0)
    assert (run["ends"], run["faults"]) == ({"completed": 8}, {"kill_server": 2, "pause_server": 1})
