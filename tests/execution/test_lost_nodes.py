"""Nodes that die, hang or are not there while they have a job."""

import pytest

from jobs.lifecycle import cancel_job
from jobs.models import Node
from tests.execution.running import Holder, attempts, eventually, fresh, run_once, run_to_end
from tests.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def prefer(node, job):
    """Placement chooses this node for the job, as it ran the preset last."""
    Node.objects.filter(name=node.name).update(last_need=job.need)


def test_a_job_of_a_node_that_died_is_made_by_another(cast, slow, node, mortal_node):
    dying, job = mortal_node(), rows.submit_one(cast.owner, slow)
    prefer(dying, job)
    dying.set_faults(die_at_node=2)
    job = run_to_end(job)
    assert (job.status, attempts(job)) == ("completed", [("mortal", "lost"), ("cpu-test", "completed")])
    assert (job.faults, job.deaths, rows.counts(cast.owner)) == (1, 1, (0, 0))


def test_a_job_that_kills_two_nodes_is_stopped(cast, slow, node, mortal_node):
    """The third node is not tried."""
    dying, job = [mortal_node("first"), mortal_node("second")], rows.submit_one(cast.owner, slow)
    for each in dying:
        prefer(each, job)
        each.set_faults(die_at_node=2)
    job = run_to_end(job)
    assert (job.status, job.error_code, len(attempts(job))) == ("failed", "poison", 2)
    assert {name for name, _ in attempts(job)} == {"first", "second"}


def test_a_node_that_is_down_costs_the_job_no_try(cast, slow, hurried):
    Node.objects.create(
        name="down", url="http://127.0.0.1:9", classes=rows.CLASSES, seen_at=cast.owner.date_joined
    )
    job = rows.submit_one(cast.owner, slow)
    for _ in range(3):
        run_once()
    job = fresh(job)
    assert (job.status, job.faults, job.deaths, attempts(job)) == ("queued", 0, 0, [("down", "lost")] * 3)
    down = Node.objects.get()
    assert (down.failures, down.closed_until is None) == (3, False)


def test_a_run_past_its_bound_is_stopped_and_told(cast, node):
    brief = rows.slow_preset("brief", run_timeout_s=1)
    job = run_to_end(rows.submit_one(cast.owner, brief, values={"seconds": 20}))
    assert (job.status, job.error_code) == ("failed", "timeout")
    eventually(lambda: not node.queue())


def test_a_node_that_takes_prompts_and_runs_none_does_not_hold_a_job_for_ever(cast, node):
    brief = rows.slow_preset("brief", run_timeout_s=1)
    node.set_faults(zombie=True)
    job = run_to_end(rows.submit_one(cast.owner, brief))
    assert (job.status, job.error_code) == ("failed", "timeout")


def test_a_prompt_staged_behind_one_that_hangs_is_taken_back(cast, node, registered_node):
    brief = rows.slow_preset("brief", run_timeout_s=1)
    node.set_faults(zombie=True)
    node.post()
    eventually(lambda: len(node.queue()) == 1)
    job = rows.submit_one(cast.owner, brief)
    run_once()
    registered_node.refresh_from_db()
    assert (fresh(job).status, fresh(job).faults, registered_node.failures) == ("queued", 1, 1)
    assert str(job.attempts.get().prompt_id) not in node.queue()
    node.set_faults(reset=True)
    assert run_to_end(job).status == "completed"


def test_a_cancel_on_a_node_that_hangs_ends_as_a_cancel(cast, node):
    brief = rows.slow_preset("brief", run_timeout_s=1)
    node.set_faults(zombie=True)
    job = rows.submit_one(cast.owner, brief)
    holder = Holder(eventually(lambda: rows.claim(job, Node.objects.get())))
    eventually(lambda: fresh(job).stage == "running")
    assert cancel_job(job=job) == "stopping"
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).error_code) == ("cancelled", "")
