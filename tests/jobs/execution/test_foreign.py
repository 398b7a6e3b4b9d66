"""Nodes that other clients use too: our jobs wait their turn there, or move to a node that is idle."""

import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from jobs.execution import leases, recalls, watching
from jobs.models import Attempt, Job, Node
from jobs.nodes import check_node
from jobs.scheduling import recalls as scheduling_recalls
from jobs.scheduling.estimate import estimate_waits
from jobs.worker import next_claim
from tests.jobs.execution.foreign import WAITING, ForeignClient, open_and_never_read
from tests.jobs.execution.running import Holder, NodeSide, attempts, eventually, fresh, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def eager(monkeypatch):
    """Look for idle nodes often, and for prompts that have waited a moment."""
    monkeypatch.setattr(leases, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(leases, "STAGED_S", 0.2)
    monkeypatch.setattr(recalls, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(scheduling_recalls, "STAGED_S", 0.2)


@pytest.fixture
def looks(monkeypatch):
    """What each look for an idle node found so far."""
    found = []

    def look():
        found.append(scheduling_recalls.sooner_elsewhere())
        return found[-1]

    monkeypatch.setattr(recalls, "sooner_elsewhere", look)
    return found


@pytest.fixture
def foreign(request):
    """`foreign(url, seconds)` starts a foreign client."""
    clients = []

    def start(url, seconds):
        clients.append(ForeignClient(url, seconds))
        return clients[-1]

    yield start
    for client in clients:
        client.stop()


def check(name):
    node = Node.objects.get(name=name)
    assert check_node(node)
    rows.let_caches_expire()


def why(job):
    return estimate_waits([Job.objects.select_related("progress").get(pk=job.pk)])[job.pk]


def test_on_the_only_node_a_job_waits_its_turn_once_and_says_for_whom(
    cast, slow, mortal_node, foreign, eager, monkeypatch
):
    """Before, it was taken back each time that it had waited for two time limits, and began again at the end."""
    shared = mortal_node("shared")
    others = foreign(shared.url, 0.5)
    check("shared")
    job = rows.submit_one(cast.owner, rows.slow_preset("short", run_timeout_s=1))
    holder = Holder(next_claim())
    eventually(lambda: len(NodeSide(shared.url).queue()) > WAITING)
    check("shared")
    assert "Others use this machine: " in why(job).why
    assert why(job).why.endswith(" before yours.")
    eventually(holder.has_ended)
    assert (fresh(job).status, attempts(job)) == ("completed", [("shared", "completed")])
    assert others.waiting() >= WAITING - 1


def test_the_estimate_counts_the_pictures_of_others(cast, slow, mortal_node):
    shared = mortal_node("shared")
    for _ in range(2):
        run_to_end(rows.submit_one(cast.owner, slow))
    Node.objects.update(foreign_prompts=50, foreign_seconds=1.6, seen_at=timezone.now())
    rows.let_caches_expire()
    job = rows.submit_one(cast.owner, slow)
    assert (why(job).why, 70 <= why(job).eta_s <= 90) == (
        "Others use this machine: 50 pictures before yours.",
        True,
    )
    assert rows.claim(job, Node.objects.get())
    assert (why(job).why, 70 <= why(job).eta_s <= 90) == (
        "Others use this machine: 50 pictures before yours.",
        True,
    )
    Node.objects.update(foreign_seconds=None)
    rows.let_caches_expire()
    assert why(job).eta_s is None
    assert shared.url


def test_a_job_begins_on_a_node_that_others_leave_alone(cast, slow, mortal_node, foreign):
    shared = mortal_node("a-shared")
    foreign(shared.url, 20.0)
    mortal_node("b-free")
    check("a-shared")
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert attempts(job) == [("b-free", "completed")]


def test_a_job_that_waits_behind_others_moves_to_a_node_that_falls_idle(
    cast, slow, mortal_node, foreign, eager
):
    shared = mortal_node("a-shared")
    foreign(shared.url, 20.0)
    check("a-shared")
    job = rows.submit_one(cast.owner, slow)
    holder = Holder(next_claim())
    prompt = str(Attempt.objects.get(job=job).prompt_id)
    eventually(lambda: prompt in NodeSide(shared.url).queue())
    mortal_node("b-free")
    rows.let_caches_expire()
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).faults) == ("queued", 0)
    assert prompt not in NodeSide(shared.url).queue()
    assert [event.reason for event in job.events.all()][
        -1
    ] == "Taken back from its node to run on another one."
    assert run_to_end(job).status == "completed"
    assert attempts(job) == [("a-shared", "cancelled"), ("b-free", "completed")]


def test_two_jobs_that_wait_do_not_both_leave_for_one_idle_node(
    cast, slow, mortal_node, foreign, eager, looks
):
    shared = mortal_node("a-shared")
    foreign(shared.url, 20.0)
    check("a-shared")
    jobs = [rows.submit_one(cast.owner, slow, parameters={"seconds": 30.0}) for _ in range(2)]
    holders = [Holder(next_claim()) for _ in jobs]
    eventually(lambda: len(NodeSide(shared.url).queue()) == WAITING + 2)
    mortal_node("b-free")
    rows.let_caches_expire()
    eventually(lambda: any(holder.has_ended() for holder in holders))
    begun = len(looks) + 1
    eventually(lambda: len(looks) >= begun + 3)  # two in a row would move the other one too
    assert not any(looks[begun:])
    assert [fresh(job).status for job in jobs].count("queued") == 1
    for job in jobs:
        Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    for holder in holders:
        eventually(holder.has_ended)


def test_the_node_of_a_job_that_does_not_answer_gives_no_estimate(cast, slow, mortal_node):
    mortal_node("frozen")
    for _ in range(2):
        run_to_end(rows.submit_one(cast.owner, slow))
    job = rows.submit_one(cast.owner, slow)
    rows.claim(job, Node.objects.get())
    assert why(job).eta_s is not None
    Node.objects.update(failures=1)
    rows.let_caches_expire()
    assert (why(job).eta_s, why(job).why) == (None, "The node does not answer. Waiting for it.")


def test_a_client_that_does_not_read_slows_only_the_first_pictures_and_staff_are_told(
    cast, slow, node, monkeypatch, capsys
):
    monkeypatch.setattr(watching, "POLL_S", 2.5)
    node.set_faults(stuck_reader=True)
    stuck = open_and_never_read(node.url)
    try:
        for nonce in range(4):
            node.post(seconds=0.0, steps=2000, preview=True, nonce=nonce)
        eventually(lambda: not node.queue())
        took = []
        for _ in range(4):
            began = time.monotonic()
            assert run_to_end(rows.submit_one(cast.owner, slow)).status == "completed"
            took.append(time.monotonic() - began)
        assert Node.objects.get().deaf_since is not None, took
        assert max(took[2:]) < 2.0, took
        call_command("nodes", "list")
        assert "Its events have not arrived for " in capsys.readouterr().out
    finally:
        stuck.close()
        node.set_faults(stuck_reader=False)
    Node.objects.update(deaf_since=timezone.now() - timedelta(minutes=5))
    run_to_end(rows.submit_one(cast.owner, slow))
    assert Node.objects.get().deaf_since is None
