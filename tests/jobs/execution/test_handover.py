"""A worker stops at once and writes nothing more; the next worker continues with its prompts."""

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError

from jobs.execution import leases, saving
from jobs.execution.leases import LeaseKeeper
from jobs.lifecycle import adopt_orphan
from jobs.worker import next_claim, run_until_idle
from tests.jobs.execution.running import Holder, attempts, eventually, fresh
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def keeper(monkeypatch):
    """A lease keeper for this test alone, which it may stop."""
    own = LeaseKeeper()
    for module in ("jobs.execution.runner", "jobs.worker"):
        monkeypatch.setattr(f"{module}.keeper", own)
    return own


@pytest.fixture
def patient(monkeypatch):
    """Make the intervals between looks so long that only an event can end a wait."""
    for name in ("POLL_S", "POLL_DEAF_S", "LOOK_S"):
        monkeypatch.setattr(f"jobs.execution.watching.{name}", 600.0)


def running_job(cast, slow, seconds):
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": seconds})
    holder = Holder(next_claim())
    eventually(lambda: fresh(job).stage == "running")
    return job, holder


def test_whoever_watches_a_prompt_stops_at_once_and_writes_nothing_more(cast, slow, node, keeper, patient):
    job, holder = running_job(cast, slow, 2.0)
    keeper.stop()
    before = rows.all_rows(job)
    eventually(holder.has_ended)
    assert (before["job"]["status"], rows.all_rows(job) == before) == ("processing", True)
    assert node.queue() == [str(job.attempts.get().prompt_id)]


def test_so_does_who_watches_an_adopted_one(cast, slow, node, keeper, patient):
    job, holder = running_job(cast, slow, 2.0)
    keeper._leases[holder.claim.token].lose()
    eventually(holder.has_ended)
    rows.expire_lease(job)
    adopter = Holder(adopt_orphan())
    eventually(lambda: adopter.claim.token in keeper._leases)
    keeper.stop()
    before = rows.all_rows(job)
    eventually(adopter.has_ended)
    assert (before["job"]["status"], rows.all_rows(job) == before) == ("processing", True)


def test_the_next_worker_finds_the_prompt_and_runs_nothing_twice(cast, slow, node, keeper, monkeypatch):
    job, holder = running_job(cast, slow, 1.0)
    posted = node.post()["number"]
    keeper.stop()
    eventually(holder.has_ended)
    monkeypatch.setattr("jobs.execution.runner.keeper", LeaseKeeper())
    eventually(Holder(eventually(adopt_orphan)).has_ended)
    assert (fresh(job).status, fresh(job).faults, attempts(job)) == (
        "completed",
        0,
        [("cpu-test", "completed")],
    )
    assert node.post()["number"] == posted + 1


def test_files_that_were_on_their_way_are_taken_away(cast, slow, node, keeper, monkeypatch):
    save = saving._put

    def put_and_stop(key, content):
        save(key, content)
        keeper.stop()

    monkeypatch.setattr(saving, "_put", put_and_stop)
    job = rows.submit_one(cast.owner, slow)
    holder = Holder(next_claim())
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).stage, job.artifacts.count()) == ("processing", "saving", 0)
    assert default_storage.listdir(f"results/{job.id}/{holder.claim.token}")[1] == []


def test_a_worker_that_stopped_claims_nothing(cast, slow, node, keeper):
    job = rows.submit_one(cast.owner, slow)
    keeper.stop()
    assert (run_until_idle(), fresh(job).status) == (0, "queued")


def test_what_was_claimed_as_it_stopped_is_not_begun(cast, slow, node, keeper):
    job = rows.submit_one(cast.owner, slow)
    claim, before = next_claim(), node.posts()
    keeper.stop()
    eventually(Holder(claim).has_ended)
    assert (node.posts() - before, adopt_orphan().job_id) == (1, job.id)


def test_stopping_without_a_database_still_stops(cast, slow, node, keeper, monkeypatch):
    def away(tokens, **how):
        raise OperationalError("gone away")

    job, holder = running_job(cast, slow, 2.0)
    monkeypatch.setattr(leases, "give_up_leases", away)
    keeper.stop()
    eventually(holder.has_ended)
    assert fresh(job).status == "processing"
