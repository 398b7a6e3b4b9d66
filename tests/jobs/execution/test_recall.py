"""Staged prompts are recalled from nodes that should get no work; running prompts are left to finish."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.comfy import ComfyClient, NodeUnreachable, PromptState
from jobs.enums import NodeState
from jobs.execution import leases
from jobs.execution.leases import Lease
from jobs.execution.watching import FAULTS_MEAN_GONE
from jobs.lifecycle import cancel_job
from jobs.models import Node
from jobs.nodes import link_to
from jobs.worker import next_claim
from tests.jobs.execution.running import Holder, attempts, eventually, fresh, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def prompt_of(job):
    return str(job.attempts.get(number=1).prompt_id)


@pytest.fixture
def two(cast, slow, node, monkeypatch):
    """(job, holder) of a running job and of the job staged behind it."""
    monkeypatch.setattr(leases, "LOOK_EVERY_S", 0.05)
    pairs = []
    for _ in range(2):
        job = rows.submit_one(cast.owner, slow, parameters={"seconds": 3.0})
        pairs.append((job, Holder(next_claim())))
        eventually(lambda job=job: prompt_of(job) in node.queue())
    eventually(lambda: fresh(pairs[0][0]).stage == "running")
    yield pairs
    for job, holder in pairs:
        cancel_job(job=fresh(job))
        eventually(holder.has_ended)


@pytest.mark.parametrize(
    "change",
    [
        {"state": NodeState.DRAINING},
        {"state": NodeState.OFF},
        {"closed_until": timezone.now() + timedelta(hours=1)},
    ],
    ids=["draining", "off", "closed"],
)
def test_a_node_that_drains_or_is_closed_keeps_what_runs_and_gives_back_what_waits(two, node, change):
    (running, first), (staged, second) = two
    Node.objects.update(**change)
    eventually(second.has_ended)
    back = fresh(staged)
    assert (back.status, back.faults, back.deaths, back.not_before) == ("queued", 0, 0, None)
    assert (attempts(staged), node.queue()) == ([("cpu-test", "cancelled")], [prompt_of(running)])
    eventually(first.has_ended)
    assert (fresh(running).status, fresh(running).faults) == ("completed", 0)


@pytest.fixture
def other(mortal_node):
    """A node that is off. It starts before `two`, because starting it may take longer than a prompt runs."""
    other = mortal_node("other")
    Node.objects.filter(name="other").update(state=NodeState.OFF)
    return other


def test_what_was_taken_back_runs_elsewhere_at_once(other, two, node):
    _, (staged, holder) = two
    Node.objects.filter(name="other").update(state=NodeState.ACTIVE)
    Node.objects.filter(name="cpu-test").update(state=NodeState.DRAINING)
    eventually(holder.has_ended)
    again = next_claim()
    assert (again.job_id, fresh(staged).attempts.latest("number").node.name) == (staged.id, "other")
    eventually(Holder(again).has_ended)
    assert fresh(staged).status == "completed"


def test_a_node_that_is_wanted_keeps_what_waits(two, node):
    _, (staged, holder) = two
    eventually(holder.has_ended)
    assert (fresh(staged).status, attempts(staged)) == ("completed", [("cpu-test", "completed")])


def test_an_owner_who_cancels_what_is_taken_back_gets_a_cancel(two, node):
    _, (staged, holder) = two
    cancel_job(job=staged)
    Node.objects.update(state=NodeState.DRAINING)
    eventually(holder.has_ended)
    assert fresh(staged).status == "cancelled"


def seen_waiting(client, prompt_id):
    """Answer a look as if it had come just before the prompt began."""
    return PromptState("pending")


def test_one_that_begins_as_it_is_taken_back_and_completes_is_a_result(cast, slow, node, monkeypatch):
    """The node confirms the cancel, but the prompt's last step finishes first."""
    find, cancel = ComfyClient.find, []

    def say_yes(client, prompt_id):
        cancel.append(prompt_id)
        monkeypatch.setattr(ComfyClient, "find", find)
        return True

    node.set_faults(delay_ms=300)
    monkeypatch.setattr(ComfyClient, "find", seen_waiting)
    monkeypatch.setattr(ComfyClient, "cancel", say_yes)
    monkeypatch.setattr("jobs.execution.watching.PromptWatch._record_started", lambda watch: None)
    job = rows.submit_one(cast.owner, slow)
    holder = Holder(next_claim())
    eventually(lambda: link_to(node.url).stream.client_id and holder.claim.token in leases.keeper._leases)
    leases.keeper._leases[holder.claim.token].update(cancel_requested=False, recall_wanted=True)
    eventually(holder.has_ended)
    assert (fresh(job).status, cancel, attempts(job)) == (
        "completed",
        [prompt_of(job)],
        [("cpu-test", "completed")],
    )


def test_one_that_begins_as_it_is_taken_back_and_is_stopped_goes_elsewhere_unblamed(
    cast, slow, node, monkeypatch
):
    find, cancel = ComfyClient.find, ComfyClient.cancel

    def stop(client, prompt_id):
        monkeypatch.setattr(ComfyClient, "find", find)
        return cancel(client, prompt_id)

    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 30})
    monkeypatch.setattr("jobs.execution.watching.PromptWatch._record_started", lambda watch: None)
    holder = Holder(next_claim())
    eventually(
        lambda: (state := find(link_to(node.url).client, prompt_of(job))) and state.status == "running"
    )
    monkeypatch.setattr(ComfyClient, "find", seen_waiting)
    monkeypatch.setattr(ComfyClient, "cancel", stop)
    leases.keeper._leases[holder.claim.token].update(cancel_requested=False, recall_wanted=True)
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).faults, attempts(job)) == ("queued", 0, [("cpu-test", "cancelled")])


def test_an_orphan_that_waits_on_a_node_nobody_wants_is_taken_back_by_who_adopts_it(two, node):
    _, (staged, holder) = two
    leases.keeper._leases[holder.claim.token].lose()
    eventually(holder.has_ended)
    rows.expire_lease(staged)
    Node.objects.update(state=NodeState.DRAINING)
    eventually(Holder(next_claim()).has_ended)
    assert (fresh(staged).status, fresh(staged).faults, attempts(staged)) == (
        "queued",
        0,
        [("cpu-test", "cancelled")],
    )
    Node.objects.update(state=NodeState.ACTIVE)
    assert run_to_end(staged).status == "completed"


def test_one_that_cannot_be_taken_back_is_looked_for_no_faster_than_others(two, node, monkeypatch):
    """A node counts as gone after several failed looks, so they must not all happen at the same moment."""
    _, (staged, holder) = two
    leases.keeper._leases[holder.claim.token].lose()
    eventually(holder.has_ended)
    rows.expire_lease(staged)
    pauses, pause, find = [], Lease.pause, ComfyClient.find

    def unreachable(client, prompt_id):
        if prompt_id == prompt_of(staged) and pauses:
            raise NodeUnreachable
        return find(client, prompt_id)

    def noted(lease, seconds):
        if lease.claim.job_id == staged.pk:
            pauses.append(seconds)
            lease.update(cancel_requested=False, recall_wanted=True)
        pause(lease, seconds)

    monkeypatch.setattr(ComfyClient, "find", unreachable)
    monkeypatch.setattr(Lease, "pause", noted)
    eventually(Holder(next_claim()).has_ended)
    assert len(pauses) >= FAULTS_MEAN_GONE
    assert [seconds for seconds in pauses[1:] if seconds <= 0] == []
