"""The `jobs` command: staff see what waits and why and what failed, and can do all that owners can do."""

import re
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from jobs.enums import FailureCode
from jobs.lifecycle import cancel_job, fail_job
from jobs.models import Job
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


@pytest.fixture
def rings(monkeypatch):
    monkeypatch.setattr("jobs.lifecycle.bell.doorbell.ring", lambda times=1: None)


@pytest.fixture
def slow(db):
    return rows.slow_preset()


def jobs(*words) -> list[str]:
    out = StringIO()
    call_command("jobs", *map(str, words), stdout=out)
    return out.getvalue().splitlines()


def poisoned(owner, slow):
    job = rows.submit_one(owner, slow)
    fail_job(rows.claim(job, rows.make_node("gpu-1")), FailureCode.POISON)
    return job


def test_the_list_says_what_waits_and_why_and_what_failed(cast, slow):
    failed = poisoned(cast.other, slow)
    waits = rows.submit_one(cast.owner, slow)
    lines = [re.split(r"  +", line) for line in jobs("list")]
    assert lines[0] == ["JOB", "STATUS", "FOR", "PRESET", "OWNER", "NODE", "WHY"]
    assert [line[:2] + line[3:] for line in lines[1:]] == [
        [str(waits.id), "queued", "slow", "owner@example.org", "-", "Waiting for a free node."],
        [str(failed.id), "failed", "slow", "other@example.org", "gpu-1", "poison"],
    ]


def test_the_list_is_narrowed(cast, slow):
    failed, waits = poisoned(cast.other, slow), rows.submit_one(cast.owner, slow)
    asked = [
        ("--error", "poison"),
        ("--status", "queued"),
        ("--owner", "Other@example.org"),
        ("--limit", "1"),
    ]
    found = [[line.split()[0] for line in jobs("list", *words)[1:]] for words in asked]
    assert found == [[str(failed.id)], [str(waits.id)], [str(failed.id)], [str(waits.id)]]
    assert jobs("list", "--error", "timeout") == ["There are no such jobs."]


def test_the_story_of_a_job(cast, slow):
    job = poisoned(cast.owner, slow)
    job.attempts.update(lost_holders=3)
    attempt = job.attempts.get()
    lines = [line.partition(" UTC  ")[2] or line for line in jobs("show", job.id)]
    assert lines == [
        "queued",
        "processing staged",
        "failed",
        f"attempt 1 on gpu-1: prompt {attempt.prompt_id}, failed, lost workers: 3",
        f"error poison: {FailureCode.POISON.label}",
    ]


def test_cancel_says_what_it_achieved(cast, slow):
    waits = rows.submit_one(cast.owner, slow)
    runs = rows.submit_one(cast.owner, slow)
    rows.claim(runs, rows.make_node())
    failed = poisoned(cast.other, slow)
    said = [jobs("cancel", job.id) for job in (waits, waits, runs, failed)]
    assert said == [["never_started"], ["never_started"], ["stopping"], ["too_late"]]


def test_a_batch_is_cancelled_as_a_whole(cast, slow):
    made = rows.submit(cast.owner, slow, variations=3)
    rows.claim(made[0], rows.make_node())
    assert jobs("cancel_batch", made[0].batch_id) == ["never_started 2", "stopping 1"]


def test_retry_and_vary_make_a_new_job_of_the_same_owner(cast, slow):
    old = rows.submit_one(cast.owner, slow, seed=5)
    cancel_job(job=old)
    (again,), (other,) = jobs("retry", old.id), jobs("vary", old.id, "--seed", "9")
    made = Job.objects.filter(rerun_of=old, owner=cast.owner).in_bulk()
    assert [made[uuid.UUID(each)].seed for each in (again, other)] == [5, 9]


@pytest.mark.parametrize("action", ["show", "cancel", "cancel_batch", "retry", "vary"])
def test_what_is_not_there_is_told(db, action):
    with pytest.raises(CommandError, match=f"There is no (job|batch) {uuid.UUID(int=7)}"):
        jobs(action, uuid.UUID(int=7))


def test_what_cannot_be_done_is_told_with_its_reason(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    with pytest.raises(CommandError, match="not done yet"):
        jobs("retry", job.id)
    cancel_job(job=job)
    with pytest.raises(CommandError, match="whole number from 0"):
        jobs("vary", job.id, "--seed", "-1")
    assert Job.objects.count() == 1
