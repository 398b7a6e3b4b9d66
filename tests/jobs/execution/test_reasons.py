"""What a node cannot take, what others did to a prompt, and what people and staff are told of it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from billing.models import CreditAccount
from jobs.comfy import ComfyClient
from jobs.enums import FailureCode, NodeState
from jobs.models import Attempt, Node, PresetVersion
from jobs.uploads.accept import accept_photo
from jobs.worker import next_claim
from tests.jobs.execution.running import (
    Holder,
    NodeSide,
    attempts,
    eventually,
    fresh,
    run_once,
    run_to_end,
)
from tests.jobs.lifecycle import rows
from tests.jobs.uploads.pictures import encode, flat

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def photo(cast):
    content = encode(flat("RGB", (200, 120, 60), (320, 240)), "PNG")
    return accept_photo(owner=cast.owner, file=SimpleUploadedFile("photo.png", content))


@pytest.fixture
def photo_job(cast, presets, photo):
    """Submits a job that needs a photo, on whatever nodes there are."""
    return lambda: rows.submit_one(cast.owner, presets["mono_film"], photos=[photo])


def errors(job):
    return list(Attempt.objects.filter(job=job).values_list("node__name", "error"))


def runs(job):
    """How many of the job's prompts a node has begun."""
    return Attempt.objects.filter(job=job, execution_started_at__isnull=False).count()


def reasons(job):
    return [event.reason for event in job.events.order_by("sequence") if event.reason]


def spent(person):
    return CreditAccount.objects.get(owner_id=person.pk).spent


def story(job):
    out = StringIO()
    call_command("jobs", "show", str(job.id), stdout=out)
    return out.getvalue()


# What a node cannot take


def test_out_of_memory_on_the_only_node_is_tried_once_more_with_freed_memory(cast, node, monkeypatch):
    freed = []
    monkeypatch.setattr("jobs.comfy.ComfyClient.free_memory", lambda client: freed.append(client.base_url))
    job = run_to_end(rows.submit_one(cast.owner, rows.slow_preset("hungry", test_class="TestOutOfMemory")))
    assert (job.error_code, runs(job), freed) == ("out_of_memory", 2, [node.url] * 2)
    assert job.error_message == FailureCode.OUT_OF_MEMORY.label
    assert reasons(job) == ["The node ran out of memory. Trying again."]
    assert spent(cast.owner) == 0


def test_a_photo_beyond_the_upload_limit_of_one_node_runs_on_the_other(photo_job, mortal_node):
    small = mortal_node("a-small", "--max-upload-size", "0.0005")
    mortal_node("b-large")
    job = photo_job()
    Node.objects.filter(name="b-large").update(closed_until=timezone.now() + timedelta(hours=1))
    run_once()
    assert errors(job) == [("a-small", "PhotoTooLarge")]
    assert (fresh(job).status, fresh(job).faults, next_claim()) == ("queued", 0, None)
    Node.objects.update(closed_until=None)
    rows.let_caches_expire()
    assert run_to_end(job).status == "completed"
    assert (errors(job), runs(job)) == ([("a-small", "PhotoTooLarge"), ("b-large", "")], 1)
    assert NodeSide(small.url).posts() == 1 + 1  # the first was the node's own proof


def test_a_photo_beyond_the_limit_of_every_node_fails_at_once_and_says_so(photo_job, cast, mortal_node):
    mortal_node("small", "--max-upload-size", "0.0005")
    job = run_to_end(photo_job())
    assert (job.error_code, errors(job)) == ("photo_too_large", [("small", "PhotoTooLarge")])
    assert job.error_message == "This photo is larger than our nodes accept. Try a smaller one."
    assert "413: Maximum request body size 524 exceeded." in story(job)
    assert (Node.objects.get().failures, spent(cast.owner)) == (0, 0)


# Lost input


def test_a_photo_deleted_while_its_prompt_waits_is_uploaded_again(photo_job, cast, mortal_node):
    shared = mortal_node("shared")
    others = NodeSide(shared.url)
    others.post(seconds=3.0, nonce=1)
    job = photo_job()
    holder = Holder(next_claim())
    eventually(lambda: len(others.queue()) == 2)
    assert empty_input(shared.folder) == 1
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).faults, errors(job)) == ("queued", 0, [("shared", "InputLost")])
    assert reasons(job) == ["The photo was missing on the node. Trying again."]
    assert run_to_end(job).status == "completed"
    assert errors(job) == [("shared", "InputLost"), ("shared", "")]


def test_a_photo_deleted_before_its_prompt_is_posted_is_uploaded_again(photo_job, mortal_node, monkeypatch):
    shared, submit = mortal_node("shared"), ComfyClient.submit
    deleted = []

    def submit_late(client, *args, **kwargs):
        if not deleted:
            deleted.append(empty_input(shared.folder))
        return submit(client, *args, **kwargs)

    job = photo_job()
    monkeypatch.setattr(ComfyClient, "submit", submit_late)
    assert run_to_end(job).status == "completed"
    assert (deleted, errors(job), runs(job)) == ([1], [("shared", "InputLost"), ("shared", "")], 1)


def empty_input(folder):
    files = [path for path in (folder / "input").rglob("*") if path.is_file()]
    for path in files:
        path.unlink()
    return len(files)


# What others do


def test_a_prompt_that_somebody_else_interrupts_is_made_again_and_named(cast, slow, node):
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 1.0})
    holder = Holder(next_claim())
    eventually(lambda: fresh(job).stage == "running")
    node.http.post("/interrupt")
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).faults, errors(job)) == ("queued", 0, [("cpu-test", "Interrupted")])
    assert reasons(job) == ["The picture was stopped on its node, not by you. Trying again."]
    assert run_to_end(job).status == "completed"
    assert runs(job) == 2


def test_a_prompt_that_is_interrupted_each_time_ends_with_that_reason_and_no_charge(
    cast, slow, node, monkeypatch
):
    monkeypatch.setattr("jobs.execution.judgement.MOST_INTERRUPTS", 2)
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 20.0})
    for _ in range(2):
        holder = Holder(eventually(next_claim))
        eventually(lambda: fresh(job).stage == "running")
        node.http.post("/interrupt")
        eventually(holder.has_ended)
    assert (fresh(job).error_code, fresh(job).error_message) == (
        "interrupted",
        "This picture was stopped on its node several times, not by you.",
    )
    assert (spent(cast.owner), Node.objects.get().failures) == (0, 0)


def test_a_node_that_staff_drain_and_kill_counts_against_nobody(cast, slow, mortal_node):
    node = mortal_node("gpu-1")
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 1.0})
    holder = Holder(next_claim())
    eventually(lambda: fresh(job).stage == "running")
    Node.objects.update(state=NodeState.DRAINING)
    node.stop()
    eventually(holder.has_ended)
    assert (fresh(job).status, fresh(job).faults, fresh(job).deaths) == ("queued", 0, 0)
    assert reasons(job) == ["The node was taken out of service. Waiting for another one."]
    assert Node.objects.get().failures == 0


# What people and staff read


def test_staff_read_the_nodes_own_words_and_the_owner_which_step_failed(cast, slow, node):
    graph = slow.version.workflow
    graph["3"] = {"class_type": "ImageToMask", "inputs": {"image": ["2", 0], "channel": "alpha"}}
    graph["4"] = {"class_type": "MaskToImage", "inputs": {"mask": ["3", 0]}}
    graph["9"]["inputs"]["images"] = ["4", 0]
    manifest = slow.version.manifest_json | {"stages": [{"node": "3", "title": "Cutting out"}]}
    PresetVersion.objects.filter(pk=slow.version.pk).update(workflow=graph, manifest_json=manifest)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.error_code, job.error_message) == ("node_error", "The step “Cutting out” failed.")
    told = story(job)
    assert "! ExecutionFailed: node 3 (ImageToMask): " in told
    assert "/jobs/cpu_node" not in told


def test_a_try_that_succeeded_elsewhere_leaves_the_reason_of_the_first(cast, slow, node):
    node.set_faults(truncated_output=True)
    job = rows.submit_one(cast.owner, slow)
    run_once()
    node.set_faults(reset=True)
    assert run_to_end(job).status == "completed"
    assert errors(job) == [("cpu-test", "BadOutput"), ("cpu-test", "")]
    assert "  ! BadOutput: " in story(job)
    assert attempts(job) == [("cpu-test", "failed"), ("cpu-test", "completed")]
