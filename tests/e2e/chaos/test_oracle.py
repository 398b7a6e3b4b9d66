"""The oracle of chaos runs reports each kind of damage, and reports none after a clean run."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from benchmarks.oracle import Oracle, job_of
from benchmarks.pictures import trial_pixels

TABLES = """
CREATE TABLE jobs_job (id TEXT, status TEXT);
CREATE TABLE jobs_jobevent (job_id TEXT, status TEXT);
CREATE TABLE jobs_artifact (job_id TEXT, kind TEXT, key TEXT, sha256 TEXT);
CREATE TABLE jobs_userqueue (queued INTEGER, running INTEGER);
CREATE TABLE jobs_attempt (job_id TEXT, node_done_at TEXT);
INSERT INTO jobs_userqueue VALUES (0, 0);
"""


def add_completed(folder, number: int) -> str:
    """Writes a job's result file and returns the SQL of its rows, as a correct run leaves them."""
    path = folder / "files" / f"{number}.png"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray((255 - trial_pixels(number)).astype(np.uint8)).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"""
    INSERT INTO jobs_job VALUES ('job{number}', 'completed');
    INSERT INTO jobs_jobevent VALUES ('job{number}', 'queued'), ('job{number}', 'completed');
    INSERT INTO jobs_artifact VALUES ('job{number}', 'result', '{number}.png', '{digest}');
    INSERT INTO jobs_attempt VALUES ('job{number}', '2026-01-01');
    """


@pytest.fixture
def judge(tmp_path):
    """Judges two completed jobs after the SQL in `harm` has damaged their rows."""
    script = TABLES + add_completed(tmp_path, 1) + add_completed(tmp_path, 2)

    def run(harm: str = ""):
        with closing(sqlite3.connect(tmp_path / "creator.sqlite3")) as connection:
            connection.executescript(script + harm)
        return Oracle(tmp_path, {"job1": 1, "job2": 2}).judge()

    return run


def test_nothing_is_violated_where_all_is_well(judge):
    assert judge().violated() == []


@pytest.mark.parametrize(
    ("harm", "violated"),
    [
        ("DELETE FROM jobs_job WHERE id = 'job1'", ["lost", "unfinished"]),
        ("UPDATE jobs_job SET status = 'queued' WHERE id = 'job1'", ["lost", "drift", "unfinished"]),
        ("INSERT INTO jobs_artifact SELECT * FROM jobs_artifact WHERE job_id = 'job1'", ["duplicated"]),
        ("INSERT INTO jobs_job VALUES ('job3', 'cancelled')", ["duplicated"]),
        ("INSERT INTO jobs_jobevent VALUES ('job1', 'completed')", ["double_settled"]),
        ("UPDATE jobs_userqueue SET running = 1", ["drift"]),
        ("UPDATE jobs_attempt SET node_done_at = NULL WHERE job_id = 'job1'", ["drift"]),
        ("UPDATE jobs_artifact SET job_id = 'job' || (3 - substr(job_id, 4))", ["wrong_content"]),
        ("UPDATE jobs_artifact SET sha256 = 'other' WHERE job_id = 'job1'", ["wrong_content"]),
    ],
)
def test_each_harm_is_found_by_its_name(judge, harm, violated):
    assert sorted(judge(harm).violated()) == sorted(violated)


def test_logged_errors_are_a_violation_and_late_holders_are_counted(judge, tmp_path):
    entries = [{"event": "late_holder_stopped", "level": "warning"}, {"event": "run_broke", "level": "error"}]
    (tmp_path / "serve.log").write_text("Creator is on\n" + "\n".join(map(json.dumps, entries)))

    verdict = judge()

    assert (verdict.violated(), verdict.known["late_writes_rejected"]) == (["errors_logged"], 1)


def test_a_job_is_known_by_the_address_of_its_page():
    assert job_of("/jobs/00000000-0000-4000-8000-00000000000a/") == "0000000000004000800000000000000a"
