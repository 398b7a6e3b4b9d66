"""A process's temporary files are its own, and are removed however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from creator.lib import scratch
from creator.lib.scratch import scratch_folder, sweep_scratch
from tests.house.tree import ROOT
from tests.jobs.execution.running import eventually

ANOTHER = """
import django, sys, time
django.setup()
from creator.lib.scratch import scratch_folder
(scratch_folder() / "photo").write_bytes(b"x" * 1000)
print(scratch_folder(), flush=True)
sys.stdin.read(1)
"""


def another_process() -> tuple[subprocess.Popen, Path]:
    """A process with a file in its scratch folder, in the DATA_DIR of this one."""
    from django.conf import settings

    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "creator.settings", "DATA_DIR": str(settings.DATA_DIR)}
    process = subprocess.Popen(
        [sys.executable, "-c", ANOTHER],
        cwd=ROOT,
        env=environ | {"ENVIRONMENT": "test"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, Path(process.stdout.readline().strip())


def test_a_living_process_keeps_its_files_and_a_killed_one_does_not():
    process, folder = another_process()
    own = scratch_folder() / "mine"
    own.write_bytes(b"x")
    sweep_scratch()
    assert (folder / "photo").is_file()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (folder / "photo").is_file()
    sweep_scratch()
    assert (folder.exists(), own.exists()) == (False, True)
    own.unlink()


def test_a_process_that_ends_removes_its_own():
    process, folder = another_process()
    process.communicate("\n", timeout=60)
    assert not folder.exists()


def test_only_its_user_reads_it():
    assert {scratch_folder().stat().st_mode & 0o777, scratch_folder().parent.stat().st_mode & 0o777} == {
        0o700
    }


def test_it_is_swept_from_time_to_time(monkeypatch):
    monkeypatch.setattr(scratch, "SWEPT_EVERY_S", 0.05)
    scratch.keep_scratch_swept()
    process, folder = another_process()
    process.kill()
    process.wait()
    eventually(lambda: not folder.exists())


def test_a_folder_that_was_removed_is_made_again():
    scratch_folder().rmdir()
    assert scratch_folder().is_dir()
