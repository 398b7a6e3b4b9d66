"""Nodes that die, hang or cannot be reached while they have a job."""

import time

import pytest

from jobs.comfy import Started
from jobs.execution import watching
from jobs.execution.watching import PromptWatch
from jobs.lifecycle import cancel_job
from jobs.models import Node
from jobs.nodes import check_node, link_to, quarantine, usable_nodes
from jobs.worker import next_claim
from tests.jobs.execution.running import Holder, attempts, eventually, fresh, run_once, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def prompt_of(job):
    return str(job.attempts.get().prompt_id)


def prefer(node, job):
    """Make placement choose this node for the job: mark it as having run the preset last."""
    Node.objects.filter(name=node.name).update(last_need=job.need)


def test_a_job_of_a_node_that_died_is_made_by_another(cast, slow, node, mortal_node):
    dying, job = mortal_node(), rows.submit_one(cast.owner, slow)
    prefer(dying, job)
    dying.set_faults(die_at_node=2)
    job = run_to_end(job)
    assert (job.status, attempts(job)) == ("completed", [("mortal", "lost"), ("cpu-test", "completed")])
    assert (job.faults, job.deaths, rows.counts(cast.owner)) == (1, 1, (0, 0))


def test_a_job_that_kills_two_nodes_is_stopped_and_they_go_back_to_work(cast, slow, node, mortal_node):
    """The third node is not tried."""
    dying, job = [mortal_node("first"), mortal_node("second")], rows.submit_one(cast.owner, slow)
    for each in dying:
        prefer(each, job)
        each.set_faults(die_at_node=2)
    job = run_to_end(job)
    assert (job.status, job.error_code, len(attempts(job))) == ("failed", "poison", 2)
    assert {name for name, _ in attempts(job)} == {"first", "second"}
    for each in dying:
        each.restart()
        assert check_node(Node.objects.get(pk=each.row.pk))
    assert sorted(usable_nodes().values_list("name", flat=True)) == ["cpu-test", "first", "second"]


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
    job = run_to_end(rows.submit_one(cast.owner, brief, parameters={"seconds": 20}))
    assert (job.status, job.error_code) == ("failed", "timeout")
    eventually(lambda: not node.queue())


def test_a_job_on_a_node_that_runs_nothing_is_made_by_another_once_that_is_known(cast, node, mortal_node):
    """The node does not stop the prompt when asked, so the job is retried instead of failing with a timeout."""
    brief, zombie = rows.slow_preset("brief", run_timeout_s=1), mortal_node("zombie")
    job = rows.submit_one(cast.owner, brief)
    prefer(zombie, job)
    zombie.set_faults(zombie=True)
    job = run_to_end(job)
    assert (job.status, attempts(job)) == ("completed", [("zombie", "failed"), ("cpu-test", "completed")])
    assert (job.faults, job.deaths) == (1, 1)
    row = Node.objects.get(name="zombie")
    assert ("Restart its ComfyUI." in row.trouble, usable_nodes().filter(pk=row.pk).exists()) == (True, False)


def test_a_quarantined_node_works_again_once_it_has_run_a_prompt(cast, slow, registered_node, node):
    quarantine(registered_node.pk, "It accepts prompts and runs none.")
    registered_node.refresh_from_db()
    assert (usable_nodes().count(), check_node(registered_node), usable_nodes().count()) == (0, True, 1)
    registered_node.refresh_from_db()
    assert (registered_node.trouble, registered_node.failures) == ("", 0)
    assert run_to_end(rows.submit_one(cast.owner, slow)).status == "completed"


class Clock:
    """The clock of a module, which a test sets forward. Counts how often it was read."""

    def __init__(self):
        self.ahead, self.reads = 0.0, 0

    def monotonic(self):
        self.reads += 1
        return time.monotonic() + self.ahead


def test_a_prompt_staged_behind_one_that_hangs_waits_where_no_other_node_is(
    cast, node, registered_node, monkeypatch
):
    """Taken back, it would lose its place and find no better one. Its own time limit has not begun."""
    clock = Clock()
    monkeypatch.setattr(watching, "time", clock)
    brief = rows.slow_preset("brief", run_timeout_s=1)
    node.set_faults(zombie=True)
    node.post()
    eventually(lambda: len(node.queue()) == 1)
    job = rows.submit_one(cast.owner, brief)
    holder = Holder(next_claim())
    eventually(lambda: len(node.queue()) == 2)
    clock.ahead, reads = 3600.0, clock.reads
    eventually(
        lambda: clock.reads > reads + 10 or holder.has_ended()
    )  # several polls and looks at the bounds
    assert (holder.has_ended(), fresh(job).status, fresh(job).faults) == (False, "processing", 0)
    node.set_faults(reset=True)
    eventually(holder.has_ended)
    assert (fresh(job).status, attempts(job)) == ("completed", [("cpu-test", "completed")])


def test_a_staged_prompt_that_went_down_with_its_node_is_nobodys_fault(cast, slow, mortal_node):
    node = mortal_node()
    running = rows.submit_one(cast.owner, slow, parameters={"seconds": 60})
    holders = [Holder(next_claim())]
    eventually(lambda: fresh(running).stage == "running")
    staged = rows.submit_one(cast.owner, slow, parameters={"seconds": 60})
    holders.append(Holder(next_claim()))
    eventually(lambda: fresh(staged).stage == "staged" and staged.attempts.count())
    eventually(lambda: holders[1].claim.attempt_id and link_to(node.url).client.find(prompt_of(staged)))
    node.stop()
    for holder in holders:
        eventually(holder.has_ended)
    told = [(fresh(job).status, fresh(job).faults, fresh(job).deaths) for job in (running, staged)]
    assert told == [("queued", 1, 1), ("queued", 0, 0)]


def test_a_restart_is_counted_once_however_many_prompts_it_cost(cast, slow, mortal_node, monkeypatch):
    monkeypatch.setattr(watching, "FAULTS_MEAN_GONE", 1000)  # the node is back before its holders give it up
    node = mortal_node()
    jobs = [rows.submit_one(cast.owner, slow, parameters={"seconds": 60}) for _ in range(2)]
    holders = [Holder(next_claim()) for _ in jobs]
    for job in jobs:
        eventually(lambda job=job: job.attempts.count() and link_to(node.url).client.find(prompt_of(job)))
    node.restart()
    for holder in holders:
        eventually(holder.has_ended)
    row = Node.objects.get()
    assert (row.restarts, row.abilities_read_at) == (1, None)
    assert [attempts(job) for job in jobs] == [[("mortal", "lost")]] * 2


def test_what_was_finished_when_the_node_died_is_found_by_its_holder_too(
    cast, slow, mortal_node, monkeypatch
):
    """The holder missed the end and the node was restarted, but the file exists under its predicted name."""
    node = mortal_node()
    monkeypatch.setattr(
        PromptWatch,
        "_take",
        lambda watch, event: watch._record_started() if isinstance(event, Started) else None,
    )
    monkeypatch.setattr(PromptWatch, "_poll", lambda watch: None)
    job = rows.submit_one(cast.owner, slow)
    holder = Holder(next_claim())
    eventually(
        lambda: (state := link_to(node.url).client.find(prompt_of(job))) and state.status == "completed"
    )
    node.restart()
    monkeypatch.undo()
    eventually(holder.has_ended)
    assert (fresh(job).status, attempts(job)) == ("completed", [("mortal", "completed")])


def test_a_cancel_on_a_node_that_hangs_ends_as_a_cancel(cast, node):
    brief = rows.slow_preset("brief", run_timeout_s=1)
    node.set_faults(zombie=True)
    job = rows.submit_one(cast.owner, brief)
    holder = Holder(eventually(lambda: rows.claim(job, Node.objects.get())))
    eventually(lambda: fresh(job).stage == "running")
    assert cancel_job(job=job) == "stopping"
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).error_code) == ("cancelled", "")
