"""The files of `process`: any names in, results under names that fit; what cannot be read or written is said."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from PIL import Image

from tests.jobs.commands.conftest import PATIENCE, ROOT
from tests.jobs.commands.test_process import QUICK

pytestmark = pytest.mark.services


def picture(path, shade=90):
    Image.new("RGB", (64, 48), (shade, 120, 30)).save(path, "PNG")
    return path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def count_uploads(home):
    with closing(sqlite3.connect(home.folder / "creator.sqlite3")) as database:
        return database.execute("SELECT COUNT(*) FROM jobs_upload").fetchone()


@pytest.fixture
def photos(tmp_path):
    """Three photos; the middle one has the longest possible name."""
    folder = tmp_path / "in"
    folder.mkdir()
    return [picture(folder / name) for name in ("a.png", "📷" * 62 + "123.png", "z.png")]


@pytest.mark.parametrize("preset", ["mono_film", "marketplace_square"])
def test_names_of_any_length_have_results(home_with_node, photos, tmp_path, preset):
    done = home_with_node.run("process", *photos, "--preset", preset, "--out", f"{tmp_path}/out/")
    names = names_in(tmp_path / "out")
    assert (done.status, len(done.out.splitlines()), len(names)) == (0, 3, 3), done.err
    assert [len(name.encode()) <= 255 for name in names] == [True] * 3
    assert {"a", "z"} < {name.removesuffix(f"-{preset}.png") for name in names}


def test_results_are_as_readable_as_other_files_of_the_person(home_with_node, photos, tmp_path):
    """What Creator keeps is for its user alone; what it writes for a person follows their umask."""
    (tmp_path / "old").mkdir()
    (kept := tmp_path / "old/a-mono_film.png").touch()
    kept.chmod(0o640)
    before = os.umask(0o022)
    for out in ("new/er", "old"):
        done = home_with_node.run("process", photos[0], *QUICK, "--out", f"{tmp_path}/{out}/")
        assert done.status == 0, done.err
    os.umask(before)
    made = ("new", "new/er", "new/er/a-mono_film.png", "old/a-mono_film.png")
    modes = [oct((tmp_path / name).stat().st_mode & 0o777) for name in made]
    assert modes == ["0o755", "0o755", "0o644", "0o640"]


def test_long_names_that_are_equal_when_cut_stay_two(home_with_node, tmp_path):
    photos = [picture(tmp_path / f"{'x' * 249}{number}.png") for number in (1, 2, 3)]
    done = home_with_node.run("process", *photos, *QUICK, "--out", f"{tmp_path}/out/")
    names = names_in(tmp_path / "out")
    assert (done.status, len(names), {len(name) for name in names}) == (0, 3, {255}), done.err


def test_names_of_any_bytes(home_with_node, tmp_path):
    photos = [picture(os.fsencode(tmp_path) + b"/\xdcbung.png"), picture(tmp_path / "two\nlines.png")]
    done = home_with_node.run(
        "process", *map(os.fsdecode, photos), *QUICK, "--out", f"{tmp_path}/out/", "--json"
    )
    assert (done.status, len(done.objects())) == (0, 2), done.err
    assert sorted(map(os.fsencode, names_in(tmp_path / "out"))) == [
        b"two\nlines-mono_film.png",
        b"\xdcbung-mono_film.png",
    ]


def test_an_input_is_never_written_over(home_with_node, tmp_path):
    photos = [picture(tmp_path / "a.png"), picture(tmp_path / "a-mono_film.png", 9)]
    before = photos[1].read_bytes()
    done = home_with_node.run("process", *photos, *QUICK, "--out", tmp_path)
    assert (done.status, photos[1].read_bytes()) == (0, before), done.err
    assert names_in(tmp_path) == [
        "a-mono_film-2.png", "a-mono_film-mono_film.png", "a-mono_film.png", "a.png",
    ]  # fmt: skip


def bad_files(folder):
    """Files that cannot be used, each with a part of the sentence about it."""
    (folder / "text.png").write_bytes(b"no picture")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "loop.png").symlink_to("loop.png")
    return {
        "text.png": "“text.png” is",
        "folder": "is a folder. Name the photos in it",
        "pipe.png": "is not a file",
        "loop.png": "there is no such file",
        "missing.png": "there is no such file",
        "y" * 300 + ".png": "File name too long",
    }


def test_bad_files_do_not_stop_the_others(home_with_node, photos, tmp_path):
    bad = bad_files(tmp_path / "in")
    words = [photos[0], *(tmp_path / "in" / name for name in bad), photos[2]]
    done = home_with_node.run("process", *words, *QUICK, "--out", tmp_path / "out")
    assert (done.status, names_in(tmp_path / "out")) == (2, ["a-mono_film.png", "z-mono_film.png"])
    lines = done.err.strip().splitlines()
    assert [part in line for part, line in zip(bad.values(), lines, strict=True)] == [True] * len(bad), (
        done.err
    )


def test_json_has_an_object_for_a_bad_file_too(home_with_node, photos, tmp_path):
    (tmp_path / "in/text.png").write_bytes(b"no picture")
    done = home_with_node.run(
        "process", tmp_path / "in/text.png", photos[0], *QUICK, "--out", tmp_path / "out", "--json"
    )
    refused, made = done.objects()
    assert (done.status, refused["name"], refused["status"], refused["file"], refused["job_id"]) == (
        2, "text.png", "refused", None, None,
    )  # fmt: skip
    assert (refused["error"]["code"], made["status"], made["error"]) == (
        "unsupported_image",
        "completed",
        None,
    )


def test_bad_files_alone_make_nothing(home_with_node, tmp_path):
    for more in ((), ("--json",)):
        done = home_with_node.run(
            "process", "/no.png", "/none.png", *QUICK, "--out", tmp_path / "out/", *more
        )
        assert (done.status, "no.png" in done.out + done.err, "none.png" in done.out + done.err) == (
            2,
            True,
            True,
        )
        assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "out",
    [
        "/proc/x.png",
        "/proc/results/",
        "/dev/null/x.png",
        "{file}/",
        "{file}/x.png",
        "/sys/x.png",
        "y" * 300 + ".png",
    ],
)
def test_an_output_that_cannot_be_written_is_said_before_anything_is_made(
    home_with_node, photos, tmp_path, out
):
    (tmp_path / "file").write_text("")
    out = out.format(file=tmp_path / "file")
    before = count_uploads(home_with_node)
    done = home_with_node.run("process", photos[0], *QUICK, "--out", out)
    assert (done.status, done.out) == (2, "")
    assert f"Results cannot be written to {out}." in done.err
    assert "Traceback" not in done.err
    assert count_uploads(home_with_node) == before


def test_a_result_that_cannot_be_written_does_not_stop_the_others(home_with_node, photos, tmp_path):
    (tmp_path / "out/a-mono_film.png").mkdir(parents=True)
    done = home_with_node.run("process", photos[0], photos[2], *QUICK, "--out", tmp_path / "out")
    assert (done.status, done.out) == (2, f"{tmp_path}/out/z-mono_film.png\n")
    assert done.err == "a.png: The result cannot be written: Is a directory.\n"


def test_one_result_into_a_folder_that_does_not_exist_yet(home_with_node, photos, tmp_path):
    done = home_with_node.run("process", photos[0], *QUICK, "--out", f"{tmp_path}/new/")
    assert (done.status, done.out) == (0, f"{tmp_path}/new/a-mono_film.png\n"), done.err


def test_ctrl_c_leaves_nothing_to_run_and_says_so(home, tmp_path):
    """The signal goes to the whole process group, as from a terminal. The CPU node is the command's own."""
    photos = [picture(tmp_path / f"{number}.png") for number in range(12)]
    command = [sys.executable, "manage.py", "process", *map(str, photos), "--preset", "cinematic"]
    environ = os.environ | {"DATA_DIR": str(tmp_path / "var"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--out", f"{tmp_path}/out/", "-v", "2"], cwd=ROOT, env=environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as running:  # fmt: skip
        next(line for line in running.stderr if "job_completed" in line)
        os.killpg(running.pid, signal.SIGINT)
        began = time.monotonic()
        out, err = running.communicate(timeout=PATIENCE)
    assert (running.returncode, "Stopping …" in err, "Traceback" in err) == (130, True, False)
    assert time.monotonic() - began < 30
    assert 1 <= len(names_in(tmp_path / "out")) == len(out.splitlines()) < 12
    listed = type(home)(tmp_path / "var").run("jobs", "list")
    assert (listed.status, "queued" in listed.out, "processing" in listed.out) == (0, False, False)
