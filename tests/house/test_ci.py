import os
import subprocess

from tests.house.tree import ROOT

README = (ROOT / "README.md").read_text()


def run_ci(tmp_path, *, failing=""):
    """Runs .ci/run with a fake `make` that only records its calls; returns (exit status, calls)."""
    make = tmp_path / "make"
    asked = tmp_path / "asked"
    make.write_text(f'#!/bin/sh\necho "make $1" >> {asked}\ntest "$1" != "{failing}"\n')
    make.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(ROOT / ".ci/run")], env={"PATH": path}, capture_output=True, cwd=tmp_path
    )
    return done.returncode, asked.read_text().splitlines()


def test_ci_checks_and_runs_the_tests_as_readme_says(tmp_path):
    status, asked = run_ci(tmp_path)
    assert (status, asked) == (0, ["make check", "make test"])
    assert "```sh\nmake test\n```" in README


def test_ci_fails_with_its_checks(tmp_path):
    assert run_ci(tmp_path, failing="check") == (1, ["make check"])


def test_ci_fails_with_its_tests(tmp_path):
    assert run_ci(tmp_path, failing="test") == (1, ["make check", "make test"])


def test_make_lists_every_target_that_is_for_people():
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    names = [line.split()[1] for line in listed.splitlines()]
    wanted = "help setup dev run test quick check format bench chaos attack screenshots audit-pages services examples fuzz-api openapi settings-table lock audit clean"
    assert names == wanted.split()
