"""The short form of `make chaos`: kills the running product twice and pauses it once, under load."""

from __future__ import annotations

import pytest

from tests.e2e.chaos.playing import play

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
    options = ("--seed", "5", "--jobs", "8", "--kills", "2", "--pauses", "1")

    run = play("crashes", *options, "--data-dir", str(tmp_path / "data"), out=tmp_path / "chaos.json")

    assert {name: run[name] for name in MUST_BE_ZERO} == dict.fromkeys(MUST_BE_ZERO, 0)
    assert (run["ends"], run["faults"]) == ({"completed": 8}, {"kill_server": 2, "pause_server": 1})
