"""A node that answers well and brings no picture: it gets a few prompts a minute, and others do its work."""

import pytest
from django.utils import timezone

from jobs.comfy import ComfyClient, is_probe
from jobs.lifecycle import cancel_job
from jobs.models import Attempt, Node
from jobs.nodes import RESULTS_BESIDE, check_node, count_usable_nodes
from jobs.nodes.breaker import LOSSES_TO_BAR
from jobs.worker import next_claim
from tests.jobs.execution.running import Holder, attempts, eventually, fresh, run_once, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def losing(node, monkeypatch):
    """The shared node loses every prompt of a job, and runs the tiny prompts of checks."""
    find = ComfyClient.find

    def forget(client, prompt_id):
        return find(client, prompt_id) if client.base_url != node.url or is_probe(prompt_id) else None

    monkeypatch.setattr(ComfyClient, "find", forget)
    node.set_faults(zombie=True)
    return Node.objects.get(name="cpu-test")


def test_it_is_barred_after_a_few_prompts_though_it_passes_every_check(cast, slow, losing, node):
    job = rows.submit_one(cast.owner, slow)
    for _ in range(LOSSES_TO_BAR):
        run_once()
    node.set_faults(zombie=False)
    assert next_claim() is None
    assert check_node(Node.objects.get()) is True
    assert next_claim() is None
    assert (fresh(job).status, Attempt.objects.count()) == ("queued", LOSSES_TO_BAR)
    assert "brought no picture" in Node.objects.get().trouble


def test_another_node_takes_its_jobs(cast, slow, losing, node, mortal_node):
    job = rows.submit_one(cast.owner, slow)
    Node.objects.update(last_need=job.need)
    run_once()
    mortal_node("other")
    assert run_to_end(job).status == "completed"
    assert attempts(job)[-1] == ("other", "completed")


def test_a_node_that_brings_a_picture_again_has_lost_nothing(cast, slow, node, registered_node):
    Node.objects.update(losses=LOSSES_TO_BAR - 1)
    assert run_to_end(rows.submit_one(cast.owner, slow)).status == "completed"
    assert Node.objects.get().losses == 0


def test_owners_who_cancel_do_not_make_a_node_lose(cast, slow, node, registered_node):
    for _ in range(LOSSES_TO_BAR):
        job = rows.submit_one(cast.owner, slow, parameters={"seconds": 30.0})
        holder = Holder(next_claim())
        eventually(lambda job=job: fresh(job).stage == "running")
        cancel_job(job=fresh(job))
        eventually(holder.has_ended)
    assert (Node.objects.get().losses, count_usable_nodes()) == (0, 1)


def test_a_node_that_holds_results_back_gets_no_more_jobs(cast, slow, node, registered_node):
    """Each result that is being saved holds a thread of a worker."""
    rows.submit_one(cast.owner, slow)
    job = rows.submit_one(cast.owner, slow)
    assert rows.claim(job, registered_node)
    for number in range(2, 2 + RESULTS_BESIDE):
        Attempt.objects.create(
            job=job, number=number, node=registered_node, slot=1, node_done_at=timezone.now()
        )
    rows.let_caches_expire()
    assert next_claim() is None
    Attempt.objects.filter(number=2).update(ended_at=timezone.now())
    assert next_claim() is not None
