"""`process` as a shell sees it: exit status, files, and what is printed."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from jobs.catalogue import import_shipped
from jobs.models import Job
from tests.jobs.commands.conftest import Home
from tests.jobs.execution.running import NodeSide

GOLDEN = Path(__file__).parents[2] / "golden"
CHELSEA = GOLDEN / "photos/chelsea.jpg"
COFFEE = GOLDEN / "photos/coffee.jpg"
QUICK = ("--preset", "mono_film", "--set", "size=512")
ENOUGH_DB = 40.0


def decibels(ours, theirs):
    """Return the peak signal-to-noise ratio of two 8-bit pictures in dB."""
    a, b = (np.asarray(Image.open(path).convert("RGB"), float) for path in (ours, theirs))
    assert a.shape == b.shape
    return 10 * np.log10(255**2 / max(float(np.mean((a - b) ** 2)), 1e-9))


@pytest.mark.services
def test_on_a_bare_machine_it_makes_the_recorded_picture(home):
    """Neither a database nor a node exists before."""
    out = home.folder / "out/chelsea.png"
    recorded = {
        "strength": 1.0,
        "warmth": 0.55,
        "grain": 0.24,
        "vignette": 0.85,
        "size": 640,
        "enlarge": "true",
    }
    values = [word for name, value in recorded.items() for word in ("--set", f"{name}={value}")]
    done = home.run("process", CHELSEA, "--preset", "mono_film", *values, "--seed", 1, "--out", out)
    assert (done.status, done.out) == (0, f"{out}\n"), done.err
    assert decibels(out, GOLDEN / "presets/results/mono_film__chelsea.png") > ENOUGH_DB


@pytest.mark.services
def test_json_says_what_is_needed_to_make_it_again(home_with_node, tmp_path):
    done = home_with_node.run("process", CHELSEA, *QUICK, "--seed", 7, "--out", tmp_path / "x.webp", "--json")
    assert done.status == 0, done.err
    [job] = done.objects()
    assert set(job) == {
        "job_id", "name", "status", "file", "seed", "parameters", "preset", "preset_version", "node_seconds", "error",
    }  # fmt: skip
    assert (job["name"], job["status"], job["file"], job["seed"], job["error"]) == (
        "chelsea.jpg",
        "completed",
        str(tmp_path / "x.webp"),
        7,
        None,
    )
    assert (job["preset"], job["parameters"]["size"], job["node_seconds"] > 0) == ("mono_film", 512, True)
    assert Image.open(job["file"]).format == "WEBP"


@pytest.mark.services
def test_several_photos_go_to_a_folder_under_their_names(home_with_node, tmp_path):
    done = home_with_node.run(
        "process", CHELSEA, COFFEE, *QUICK, "--format", "jpeg", "--out", tmp_path / "made"
    )
    assert done.status == 0, done.err
    files = [str(tmp_path / "made" / name) for name in ("chelsea-mono_film.jpg", "coffee-mono_film.jpg")]
    assert done.out.splitlines() == files
    assert [Image.open(file).format for file in files] == ["JPEG", "JPEG"]


@pytest.mark.services
def test_photos_of_one_name_do_not_replace_each_other(home_with_node, tmp_path):
    twin = tmp_path / "chelsea.jpg"
    twin.write_bytes(COFFEE.read_bytes())
    done = home_with_node.run("process", CHELSEA, twin, *QUICK, "--out", tmp_path / "made")
    files = [tmp_path / "made" / name for name in ("chelsea-mono_film.png", "chelsea-mono_film-2.png")]
    assert (done.status, done.out.split()) == (0, [str(file) for file in files]), done.err
    assert [Image.open(file).size for file in files] == [(451, 300), (512, 341)]


@pytest.mark.services
def test_a_server_keeps_its_node_row(tmp_path):
    """`process` neither takes over nor switches off the row of a server's node that does not answer now."""
    home = Home(tmp_path / "home")
    home.run("migrate", "-v0")
    home.run("nodes", "add", "http://127.0.0.1:9", "--name", "cpu-1")
    done = home.run("process", CHELSEA, *QUICK, "--out", tmp_path / "x.png")
    assert done.status == 0, done.err
    listed = home.run("nodes", "list", "--json").out
    rows = [(node["name"], node["state"]) for node in json.loads(listed[listed.index("[\n") :])]
    assert rows == [("command-line-1", "off"), ("cpu-1", "active")]


@pytest.mark.services
def test_variations_have_seeds_of_their_own_and_what_is_there_is_reused(home_with_node, tmp_path):
    words = ["process", CHELSEA, *QUICK, "--seed", 40, "--out", tmp_path / "made", "--json"]
    first = home_with_node.run(*words, "--variations", 2).objects()
    again = home_with_node.run(*words, "--variations", 3, "--reuse").objects()
    assert [job["seed"] for job in first] == [40, 41]
    assert [(job["seed"], job["job_id"]) for job in again[:2]] == [
        (job["seed"], job["job_id"]) for job in first
    ]
    assert (again[2]["seed"], again[2]["status"], len({job["file"] for job in again})) == (42, "completed", 3)


BAD = {
    "a setting": ([CHELSEA, "--preset", "mono_film", "--set", "size=abc"], ["size:"]),
    "two settings": (
        [CHELSEA, "--preset", "mono_film", "--set", "grain=7", "--set", "no=1"],
        ["grain:", "no:"],
    ),
    "a word without value": ([CHELSEA, "--preset", "mono_film", "--set", "size"], ["name=value", "'size'"]),
    "a seed": ([CHELSEA, "--preset", "mono_film", "--seed", "-1"], ["seed:"]),
    "no photo": (["--preset", "mono_film"], ["photos:"]),
    "a preset": ([CHELSEA, "--preset", "none_such"], ["none_such", "mono_film"]),
    "not a picture": ([GOLDEN / "README.md", "--preset", "mono_film"], ["README.md"]),
    "no file": (["/nowhere/x.png", "--preset", "mono_film"], ["/nowhere/x.png"]),
    "too many": ([CHELSEA, "--preset", "mono_film", "--variations", "9"], ["variations:", "1 to 8"]),
    "reuse without a seed": ([CHELSEA, "--preset", "mono_film", "--reuse"], ["seed:"]),
    "a format": ([CHELSEA, "--preset", "mono_film", "--format", "gif"], ["--format"]),
    "no preset": ([CHELSEA], ["--preset"]),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_and_nothing_is_made(db, monkeypatch, tmp_path, case):
    monkeypatch.setattr("creator.management.commands.process.prepare_rows", import_shipped)
    words, named = BAD[case]
    with pytest.raises(CommandError) as caught:
        call_command("process", *map(str, words), "--out", str(tmp_path / "x.png"), "--verbosity", "2")
    assert [name for name in named if name not in str(caught.value)] == []
    assert (Job.objects.count(), list(tmp_path.iterdir())) == (0, [])


@pytest.mark.services
@pytest.mark.parametrize("case", ["two settings", "not a picture", "a format"])
def test_what_is_wrong_ends_with_status_2_and_words_alone(home_with_node, tmp_path, case):
    words, named = BAD[case]
    done = home_with_node.run("process", *words, "--out", tmp_path / "x.png")
    assert (done.status, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert [name for name in named if name not in done.err] == []
    assert "Traceback" not in done.err


@pytest.mark.services
def test_a_job_that_fails_ends_with_status_3_and_says_why(home_with_node, cpu_node, tmp_path):
    node = NodeSide(cpu_node)
    node.set_faults(truncated_output=True)
    done = home_with_node.run(
        "process", CHELSEA, *QUICK, "--out", tmp_path / "x.png", "--json", JOB_ATTEMPTS="1"
    )
    node.close()
    [job] = done.objects()
    assert (done.status, job["status"], job["file"], job["error"]["code"]) == (
        3,
        "failed",
        None,
        "bad_output",
    )
    assert list(tmp_path.iterdir()) == []
