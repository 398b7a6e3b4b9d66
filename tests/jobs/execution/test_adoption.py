"""Holders that are late or gone: their prompts are found again, and a late holder's writes change nothing."""

import uuid

import pytest
from django.core.files.storage import default_storage

from jobs.execution import run_claim, runner
from jobs.execution.leases import keeper
from jobs.lifecycle import adopt_orphan, cancel_job, report_progress
from jobs.models import Attempt, Job
from jobs.worker import next_claim
from tests.jobs.execution.running import Holder, attempts, eventually, fresh, run_of, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def forsake(holder):
    """Stop the holder as if its process had died, and end its lease. Its prompt stays on the node."""
    keeper._leases[holder.claim.token].lost = True
    eventually(holder.has_ended)
    rows.expire_lease(Job(pk=holder.claim.job_id))


def steal(job):
    Job.objects.filter(pk=job.pk).update(token=uuid.uuid4())


@pytest.fixture
def started(cast, slow, node):
    """A job in the middle of its run, and its holder."""
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 1.0})
    holder = Holder(next_claim())
    eventually(lambda: fresh(job).stage == "running")
    return job, holder


def test_a_holder_whose_token_is_stolen_stops_and_writes_nothing_more(started, node):
    job, holder = started
    steal(job)
    before = rows.all_rows(job)
    eventually(holder.has_ended)
    assert rows.all_rows(job) == before
    assert not default_storage.exists(f"results/{job.id}")


def test_a_holder_that_loses_its_job_while_saving_takes_its_files_away(cast, slow, node, monkeypatch):
    job, save = rows.submit_one(cast.owner, slow), runner.save_result

    def save_and_lose(lease, *rest):
        saved = save(lease, *rest)
        assert len(default_storage.listdir(f"results/{job.id}/{lease.claim.token}")[1]) == len(saved) == 3
        steal(job)
        return saved

    monkeypatch.setattr(runner, "save_result", save_and_lose)
    claim = next_claim()
    run_claim(claim)
    assert (fresh(job).stage, job.artifacts.count()) == ("saving", 0)
    assert default_storage.listdir(f"results/{job.id}/{claim.token}")[1] == []


def test_a_prompt_that_still_runs_is_watched_to_its_end_and_not_posted_again(started, node):
    job, holder = started
    posted = node.posts()
    forsake(holder)
    adopted = adopt_orphan()
    run_claim(adopted)
    assert (fresh(job).status, attempts(job), node.posts() - posted) == (
        "completed",
        [("cpu-test", "completed")],
        1,
    )
    assert (fresh(job).faults, job.artifacts.count()) == (0, 3)


def test_an_orphan_whose_owner_asked_to_cancel_is_cancelled(started, node):
    job, holder = started
    forsake(holder)
    assert cancel_job(job=job) == "stopping"
    run_claim(adopt_orphan())
    assert (fresh(job).status, attempts(job)) == ("cancelled", [("cpu-test", "cancelled")])


def test_it_is_also_where_the_node_finished_it_meanwhile(cast, slow, node):
    job, claim = rows.submit_one(cast.owner, slow), next_claim()
    run_of(claim).start()
    rows.expire_lease(job)
    assert cancel_job(job=job) == "stopping"
    run_claim(adopt_orphan())
    assert (fresh(job).status, attempts(job)) == ("cancelled", [("cpu-test", "cancelled")])
    assert not Attempt.objects.filter(job=job, node_done_at=None).exists()


def test_a_percentage_that_was_seen_is_not_taken_back_by_who_adopts(started, node):
    job, holder = started
    assert report_progress(holder.claim, percent=60, stage_title="Waiting", step=6, steps=10)
    forsake(holder)
    adopter, shown = Holder(adopt_orphan()), []
    while not adopter.has_ended():
        shown.append(fresh(job).progress.percent)
    assert (shown[0], shown, fresh(job).progress.percent) == (60, sorted(shown), 100)


def test_what_was_finished_before_the_node_restarted_is_found_by_its_name(cast, slow, mortal_node):
    node, job = mortal_node(), rows.submit_one(cast.owner, slow)
    claim = next_claim()
    run_of(claim).start()
    node.restart()
    rows.expire_lease(job)
    run_claim(adopt_orphan())
    assert (fresh(job).status, attempts(job)) == ("completed", [("mortal", "completed")])


def test_what_the_node_lost_in_a_restart_is_made_again_without_blame(cast, slow, mortal_node):
    node, job = mortal_node(), rows.submit_one(cast.owner, slow, parameters={"seconds": 60})
    holder = Holder(next_claim())
    eventually(lambda: fresh(job).stage == "running")
    forsake(holder)
    node.restart()
    Job.objects.filter(pk=job.pk).update(parameters={"seconds": 0.0, "preview": False})
    job = run_to_end(job)
    assert (job.status, attempts(job)) == ("completed", [("mortal", "lost"), ("mortal", "completed")])
    assert (job.faults, job.deaths) == (0, 0)
