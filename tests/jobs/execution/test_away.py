"""The database or the storage is away for a while.

Worker threads recover, other workers adopt the jobs, and results wait on the node.
"""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, ProgrammingError

from jobs import worker
from jobs.execution import retrying, runner
from jobs.lifecycle import adopt_orphan, cancel_job
from jobs.models import Attempt, Job
from jobs.worker import next_claim, run_until_idle
from tests.jobs.execution.running import Holder, attempts, eventually, fresh, run_once, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
BUSY = ClientError({"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "PutObject")
GONE = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
MISSING = ClientError({"Error": {"Code": "404"}}, "HeadObject")
DISK = OSError(28, "No space left on device")


def failing(monkeypatch, owner, name, error, times):
    """Make the first `times` calls of `owner.name` raise `error`; return the list of calls made."""
    real, calls = getattr(owner, name), []

    def odd(*arguments, **named):
        calls.append(arguments)
        if len(calls) <= times:
            raise error
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, odd)
    return calls


@pytest.mark.parametrize("where", ["_begin", "free_slot", "finish_job"])
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_run_without_a_database_is_left_to_others_who_find_its_prompt(
    cast, slow, node, monkeypatch, where, error
):
    job = rows.submit_one(cast.owner, slow)
    failing(monkeypatch, runner, where, error("gone away"), 1)
    run_once()
    assert (fresh(job).status, attempts(job)) == ("processing", [("cpu-test", "")])
    run_claim_of = eventually(adopt_orphan)  # the lease was given up, so it is adopted at once
    assert run_claim_of.job_id == job.id
    eventually(Holder(run_claim_of).has_ended)
    job = fresh(job)
    lost = [] if where != "_begin" else [("cpu-test", "lost")]
    assert (job.status, job.faults) == ("queued" if lost else "completed", 0)
    assert attempts(job) == (lost or [("cpu-test", "completed")])


def test_even_where_the_end_of_a_fault_cannot_be_written(cast, slow, node, monkeypatch):
    job = rows.submit_one(cast.owner, slow)
    node.set_faults(truncated_output=True)
    failing(monkeypatch, runner, "end_run", OperationalError("gone away"), 1)
    run_once()
    node.set_faults(reset=True)
    assert (fresh(job).status, eventually(adopt_orphan).job_id) == ("processing", job.id)


def test_a_ring_without_a_database_ends_and_the_next_one_works(cast, slow, node, monkeypatch):
    job = rows.submit_one(cast.owner, slow)
    failing(monkeypatch, worker, "next_claim", OperationalError("gone away"), 1)
    assert (run_until_idle(), fresh(job).status) == (0, "queued")
    assert (run_until_idle(), fresh(job).status) == (1, "completed")


def test_a_fault_of_a_statement_is_ours_and_ends_the_job(cast, slow, node, monkeypatch):
    job = rows.submit_one(cast.owner, slow)
    failing(monkeypatch, runner, "free_slot", ProgrammingError("no such column"), 9)
    assert (run_to_end(job).status, fresh(job).error_code) == ("failed", "unsaved")  # the node had made it


def test_a_job_that_went_with_its_owner_ends_quietly(cast, slow, node):
    rows.submit_one(cast.owner, slow)
    claim = next_claim()
    Attempt.objects.all().delete()
    Job.objects.all().delete()
    eventually(Holder(claim).has_ended)
    assert run_until_idle() == 0


@pytest.mark.parametrize("error", [BUSY, GONE, DISK], ids=["busy", "gone", "disk"])
def test_a_storage_that_fails_for_a_moment_costs_nothing(cast, slow, node, monkeypatch, error):
    calls = failing(monkeypatch, default_storage, "save", error, len(retrying.STORAGE_PAUSES_S))
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, job.faults, attempts(job)) == ("completed", 0, [("cpu-test", "completed")])
    assert (len(calls), job.artifacts.count()) == (3 + len(retrying.STORAGE_PAUSES_S), 3)


@pytest.mark.parametrize("error", [BUSY, GONE, DISK], ids=["busy", "gone", "disk"])
def test_one_that_stays_away_ends_the_job_as_a_storage_error(cast, slow, node, monkeypatch, error):
    failing(monkeypatch, default_storage, "save", error, 1000)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, job.error_code, job.faults, job.artifacts.count()) == (
        "failed",
        "storage_error",
        2,
        0,
    )


def test_nobody_who_cancels_waits_for_a_storage(cast, slow, node, monkeypatch):
    calls = failing(monkeypatch, default_storage, "save", GONE, 1000)
    monkeypatch.setattr(retrying, "STORAGE_PAUSES_S", (60.0,) * 9)
    job = rows.submit_one(cast.owner, slow)
    holder = Holder(next_claim())
    eventually(lambda: calls)
    cancel_job(job=job)
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).artifacts.count()) == ("cancelled", 0)


def test_a_part_of_a_file_leaves_no_second_one_beside_it(cast, slow, node, monkeypatch):
    real, cut = default_storage.save, []

    def cut_once(key, content):
        name = real(key, content)
        if not cut:
            cut.append(name)
            raise DISK
        return name

    monkeypatch.setattr(default_storage, "save", cut_once)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    names = {artifact.key.rsplit("/", 1)[1] for artifact in job.artifacts.all()}
    assert (job.artifacts.get(kind="result").key, names) == (
        cut[0],
        {"result.png", "preview.webp", "thumbnail.webp"},
    )
    folder = cut[0].rsplit("/", 1)[0]
    assert sorted(default_storage.listdir(folder)[1]) == sorted(names)


@pytest.mark.parametrize("error", [MISSING, FileNotFoundError("gone")], ids=["s3", "folder"])
def test_what_is_not_there_is_not_waited_for(cast, slow, node, error):
    lease, calls = runner.Lease(rows.claim(rows.submit_one(cast.owner, slow), rows.make_node())), []

    def look():
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        retrying.wait_for_storage(lease, look)
    assert len(calls) == 1
