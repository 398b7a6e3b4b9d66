"""Prompts whose attempt has ended: a node that was silent, or a network that was slow, brings them back."""

import os
import signal
import threading
import time

import pytest
from django.db import connection

from benchmarks.proxy import HOLD, PASS, Proxy
from jobs.comfy import Bounds, ComfyClient, NodeStream
from jobs.comfy import client as comfy_client
from jobs.lifecycle import cancel_job, requeue_job
from jobs.models import Attempt, Node
from jobs.nodes import add_node, check_node, check_nodes, drop_recent_strays, links, looks, strays
from jobs.worker import next_claim
from tests.e2e.conformance.server import CpuNode
from tests.jobs.execution.running import PATIENCE, Holder, NodeSide, eventually, fresh, run_once
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
LONG = {"seconds": 30.0}


class FarNode:
    """A node behind a proxy. This process calls it through the proxy; the test also reaches it directly."""

    def __init__(self, folder):
        self.process = CpuNode(folder)
        self.direct = NodeSide(self.process.url)
        self.proxy = Proxy(self.process.url)
        self.row = add_node(name="far", url=self.proxy.url)
        client = ComfyClient(self.proxy.url, connect_timeout=0.5, bounds=Bounds(answer_s=0.5))
        links._links[self.proxy.url] = links.NodeLink(client, NodeStream(self.proxy.url), links.Ended(client))
        assert check_node(self.row)

    def begun(self):
        """Return the ids of all prompts that the node has begun, probes left out."""
        running = [row[1] for row in self.direct.http.get("/queue").json()["queue_running"]]
        ids = [*self.direct.http.get("/history").json(), *running]
        return [each for each in ids if not each.startswith("0000c0de")]

    def freeze(self):
        os.kill(self.process.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.process.pid, signal.SIGCONT)

    def cut(self):
        self.proxy.mode = HOLD

    def mend(self):
        self.proxy.mode = PASS

    def close(self):
        self.thaw()
        self.mend()
        self.proxy.close()
        self.process.stop()


@pytest.fixture
def far(db, tmp_path, hurried, monkeypatch):
    monkeypatch.setattr(comfy_client, "RECHECK_DELAYS", (0.0,))
    node = FarNode(tmp_path / "far")
    yield node
    node.close()
    links.close_links()


SILENCES = {"a cut": (FarNode.cut, FarNode.mend), "a stop": (FarNode.freeze, FarNode.thaw)}


@pytest.fixture(params=SILENCES)
def silence(request):
    """How the node falls silent, and how it comes back. Its connections stay open."""
    return SILENCES[request.param]


def two_prompts(owner, offered):
    """Return two jobs, one running on the node and one staged there, and their holders."""
    jobs = [rows.submit_one(owner, offered, parameters=LONG) for _ in range(2)]
    holders = [Holder(next_claim())]
    eventually(lambda: fresh(jobs[0]).stage == "running")
    holders.append(Holder(next_claim()))
    return jobs, holders


def in_background(act):
    def run():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("old_node", [False, True])
def test_a_node_that_comes_back_runs_nothing_that_was_given_up(cast, slow, far, silence, old_node):
    """`old_node`: a server without `/api/jobs`, which is asked by `/queue` and `/interrupt`."""
    silent, back = silence
    far.direct.set_faults(old_node=old_node)
    jobs, holders = two_prompts(cast.owner, slow)
    eventually(lambda: len(far.direct.queue()) == 2)
    silent(far)
    for holder in holders:
        eventually(holder.has_ended)
    assert [fresh(job).status for job in jobs] == ["queued", "queued"]
    back(far)
    returned = time.monotonic()
    assert check_node(Node.objects.get(pk=far.row.pk))
    assert time.monotonic() - returned < LONG["seconds"] / 2  # the proof did not wait for the prompts
    assert (Node.objects.get(pk=far.row.pk).failures, far.direct.queue()) == (0, [])
    assert far.begun() == [str(Attempt.objects.get(job=jobs[0]).prompt_id)]


@pytest.mark.parametrize("drop", [check_nodes, drop_recent_strays])
def test_only_prompts_of_ended_attempts_are_dropped(cast, slow, far, silence, drop):
    """The node has a foreign prompt, which runs, one that was given up, and one of an open attempt."""
    silent, back = silence
    foreign = far.direct.post(**LONG)["prompt_id"]
    eventually(lambda: far.direct.queue() == [foreign])
    jobs = [rows.submit_one(cast.owner, slow, parameters=LONG) for _ in range(2)]
    claims = [next_claim() for _ in jobs]
    prompts = [str(Attempt.objects.get(job=job).prompt_id) for job in jobs]
    holders = []
    for claim, waiting in zip(claims, [2, 3], strict=True):
        holders.append(Holder(claim))
        eventually(lambda waiting=waiting: len(far.direct.queue()) == waiting)
    other = far.direct.post(**LONG)["prompt_id"]
    requeue_job(claims[0], outcome="lost")
    silent(far)
    back(far)
    drop()
    assert sorted(far.direct.queue()) == sorted([foreign, prompts[1], other])
    assert far.begun() == [foreign]
    cancel_job(job=jobs[1])
    for holder in holders:
        eventually(holder.has_ended)


def test_a_prompt_that_the_network_delivers_late_is_stopped(cast, slow, far, monkeypatch):
    """Its sender had given it up, and the job has a new attempt."""
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 3.0})
    submit, late = ComfyClient.submit, [True]

    def delayed(*args, **kwargs):
        if late and late.pop():
            far.cut()
        submit(*args, **kwargs)

    monkeypatch.setattr(ComfyClient, "submit", delayed)
    run_once()
    assert (fresh(job).status, far.direct.queue()) == ("queued", [])
    far.mend()
    eventually(far.direct.queue)
    drop_recent_strays()
    eventually(lambda: not far.direct.queue())
    given_up = str(job.attempts.get().prompt_id)
    assert far.direct.http.get(f"/api/jobs/{given_up}").json()["status"] == "cancelled"
    run_once()
    assert fresh(job).status == "completed"
    assert [prompt for prompt in far.begun() if prompt != given_up] == [
        str(job.attempts.latest("number").prompt_id)
    ]


def test_a_silent_node_does_not_delay_the_check_of_others(cast, slow, far, node, monkeypatch):
    """The check of the other node has two steps, and ends while the silent one is still asked."""
    monkeypatch.setattr(looks, "ANSWER_S", 20.0)
    far.cut()
    Node.objects.update(seen_at=None)
    checks = in_background(check_nodes)
    eventually(lambda: Node.objects.get(name="cpu-test").seen_at)
    assert checks.is_alive()
    far.mend()
    checks.join(PATIENCE)


def test_looks_for_strays_do_not_pile_up_behind_a_silent_node(cast, slow, far, monkeypatch):
    monkeypatch.setattr(strays, "ANSWER_S", 20.0)
    rows.submit_one(cast.owner, slow, parameters=LONG)
    requeue_job(next_claim(), outcome="lost")
    far.cut()
    first = in_background(drop_recent_strays)
    eventually(strays._looking.locked)
    began = time.monotonic()
    drop_recent_strays()
    assert (time.monotonic() - began < 10, first.is_alive()) == (True, True)
    far.mend()
    first.join(PATIENCE)
