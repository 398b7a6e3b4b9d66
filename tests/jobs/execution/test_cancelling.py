import pytest
from django.core.files.storage import default_storage

from billing.models import Hold
from jobs.comfy import ComfyClient, NodeTimeout
from jobs.execution import run_claim, runner
from jobs.lifecycle import cancel_job
from jobs.models import Job
from jobs.worker import next_claim
from tests.jobs.execution.running import Holder, attempts, eventually, fresh
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
FOREVER = {"seconds": 20}


@pytest.fixture
def running(cast, slow, node):
    """A job that runs until it is cancelled, and its holder."""
    job = rows.submit_one(cast.owner, slow, parameters=FOREVER)
    holder = Holder(next_claim())
    eventually(lambda: fresh(job).stage == "running")
    yield job, holder
    cancel_job(job=job)
    eventually(holder.has_ended)


def test_a_running_job_stops_on_the_node_too(running, cast, node):
    job, holder = running
    assert cancel_job(job=job) == "stopping"
    eventually(holder.has_ended)
    assert (fresh(job).status, attempts(job), rows.counts(cast.owner)) == (
        "cancelled",
        [("cpu-test", "cancelled")],
        (0, 0),
    )
    assert (node.queue(), job.artifacts.count()) == ([], 0)


def test_a_staged_job_leaves_the_queue_of_the_node_and_the_running_one_goes_on(running, cast, slow, node):
    ahead, _ = running
    staged = rows.submit_one(cast.owner, slow, parameters=FOREVER)
    holder = Holder(next_claim())
    eventually(lambda: len(node.queue()) == 2)
    assert cancel_job(job=staged) == "stopping"
    eventually(holder.has_ended)
    assert (fresh(staged).status, fresh(staged).started_at) == ("cancelled", None)
    assert (fresh(ahead).stage, node.queue()) == ("running", [str(ahead.attempts.get().prompt_id)])


def test_a_cancel_that_the_node_did_not_hear_is_said_again(running, monkeypatch):
    job, holder = running
    said, cancel = [], ComfyClient.cancel

    def deaf_at_first(client, prompt_id):
        said.append(prompt_id)
        if len(said) < 3:
            raise NodeTimeout
        return cancel(client, prompt_id)

    monkeypatch.setattr(ComfyClient, "cancel", deaf_at_first)
    cancel_job(job=job)
    eventually(holder.has_ended)
    assert (fresh(job).status, len(said)) == ("cancelled", 3)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cancel_while_the_result_is_stored_keeps_and_charges_nothing(cast, slow, node, monkeypatch, when):
    job, save_result = rows.submit_one(cast.owner, slow), runner.save_result
    claim = next_claim()

    def cancelled_meanwhile(*args):
        if when == "before":
            assert cancel_job(job=job) == "stopping"
        stored = save_result(*args)
        if when == "after":
            assert cancel_job(job=job) == "stopping"
        return stored

    monkeypatch.setattr(runner, "save_result", cancelled_meanwhile)
    run_claim(claim)
    assert (fresh(job).status, attempts(job)) == ("cancelled", [("cpu-test", "cancelled")])
    assert (job.artifacts.count(), default_storage.listdir(f"results/{job.id}/{claim.token}")[1]) == (0, [])
    assert Hold.objects.get(reference=f"job:{job.id}").state == "released"


def test_a_cancel_before_the_prompt_is_posted_ends_as_a_cancel(cast, slow, node):
    job = rows.submit_one(cast.owner, slow, parameters=FOREVER)
    claim = next_claim()
    assert cancel_job(job=job) == "stopping"
    holder = Holder(claim)
    eventually(holder.has_ended)
    assert (fresh(job).status, node.queue()) == ("cancelled", [])
    assert Job.objects.filter(status="queued").count() == 0
