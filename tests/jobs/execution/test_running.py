"""One claim on a real node: from the claim to the files, and the ways in which the node may fail."""

import hashlib
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from jobs.comfy import ComfyClient, NodeUnreachable
from jobs.comfy.events import READERS
from jobs.execution import judgement
from jobs.lifecycle import cancel_job
from jobs.models import Node, PresetVersion
from jobs.nodes import add_node, check_node, record_success, tidy_links, usable_nodes
from jobs.worker import next_claim
from tests.jobs.execution.running import Holder, attempts, eventually, fresh, run_once, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def stored(job):
    """Return the names of the files stored for a job, by all its holders."""
    folder = f"results/{job.id}"
    if not default_storage.exists(folder):
        return []
    holders = default_storage.listdir(folder)[0]
    return sorted(name for holder in holders for name in default_storage.listdir(f"{folder}/{holder}")[1])


@pytest.mark.parametrize(
    ("form", "mime"), [("png", "image/png"), ("jpeg", "image/jpeg"), ("webp", "image/webp")]
)
def test_a_run_ends_with_the_nodes_picture(cast, slow, node, form, mime):
    job = run_to_end(rows.submit_one(cast.owner, slow, output_format=form))
    result = job.artifacts.get(kind="result")
    content = default_storage.open(result.key).read()
    picture = Image.open(BytesIO(content)).convert("RGB")
    assert (job.status, picture.size, (result.width, result.height)) == ("completed", (32, 24), (32, 24))
    assert (result.content_type, result.size) == (mime, len(content))
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    assert all(abs(a - b) <= 3 for a, b in zip(picture.getpixel((5, 5)), (0x33, 0x66, 0x99), strict=True))
    assert sorted(job.artifacts.values_list("kind", flat=True)) == ["preview", "result", "thumbnail"]


def test_a_run_leaves_its_trace_and_nothing_on_the_node(cast, slow, node, registered_node):
    job = run_to_end(rows.submit_one(cast.owner, slow))
    attempt = job.attempts.get()
    stages = [(event.status, event.stage) for event in job.events.all()]
    assert stages == [
        ("queued", ""),
        ("processing", "staged"),
        ("processing", "running"),
        ("processing", "saving"),
        ("completed", ""),
    ]
    assert (attempt.outcome, attempt.gpu_seconds is None, rows.counts(cast.owner)) == (
        "completed",
        False,
        (0, 0),
    )
    registered_node.refresh_from_db()
    assert (registered_node.last_need, registered_node.failures) == (job.need, 0)
    tidy_links()
    assert node.http.get(f"/history/{attempt.prompt_id}").json() == {}


def test_nothing_is_asked_over_http_that_the_socket_told(cast, slow, node, monkeypatch):
    asked = []
    monkeypatch.setattr(ComfyClient, "find", lambda client, prompt_id: asked.append(prompt_id))
    job = run_to_end(rows.submit_one(cast.owner, slow, parameters={"seconds": 0.1}))
    assert (job.status, asked, job.attempts.get().gpu_seconds >= 0.1) == ("completed", [], True)


def test_an_end_without_the_word_of_success_is_looked_up(cast, slow, node, monkeypatch):
    asked, find = [], ComfyClient.find
    monkeypatch.setattr(ComfyClient, "find", lambda client, id: asked.append(id) or find(client, id))
    monkeypatch.setitem(READERS, "execution_success", lambda prompt_id, data: None)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, len(asked), job.attempts.get().gpu_seconds is None) == ("completed", 1, False)


def test_a_node_that_is_away_as_its_file_is_fetched_is_asked_again(cast, slow, node, monkeypatch):
    fetch, asked = ComfyClient.fetch_to, []

    def away_at_first(client, file, target):
        asked.append(file)
        if len(asked) == 1:
            raise NodeUnreachable
        return fetch(client, file, target)

    monkeypatch.setattr(ComfyClient, "fetch_to", away_at_first)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, job.deaths, attempts(job)) == ("completed", 0, [("cpu-test", "completed")])


def test_a_node_that_dies_after_its_work_is_no_death_of_the_jobs_doing(cast, slow, node, monkeypatch):
    def away(client, file, target):
        raise NodeUnreachable

    monkeypatch.setattr(ComfyClient, "fetch_to", away)
    job = rows.submit_one(cast.owner, slow)
    run_once()
    assert (fresh(job).status, fresh(job).deaths, attempts(job)) == ("queued", 0, [("cpu-test", "lost")])


@pytest.mark.parametrize("ending", ["completed", "failed", "cancelled"])
def test_no_ending_leaves_a_row_in_the_nodes_history(cast, slow, node, ending):
    node.http.post("/history", json={"clear": True})
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 0.0 if ending == "completed" else 20})
    if ending == "failed":
        PresetVersion.objects.filter(pk=slow.version.pk).update(workflow=breaking(slow.version.workflow))
    holder = Holder(next_claim())
    if ending == "cancelled":
        eventually(lambda: fresh(job).stage == "running")
        cancel_job(job=job)
    eventually(holder.has_ended)
    tidy_links()
    assert (fresh(job).status, node.http.get("/history").json()) == (ending, {})


def breaking(graph):
    """Change the graph so that it validates and raises when it runs."""
    graph["3"] = {"class_type": "ImageToMask", "inputs": {"image": ["1", 0], "channel": "alpha"}}
    graph["4"] = {"class_type": "MaskToImage", "inputs": {"mask": ["3", 0]}}
    graph["9"]["inputs"]["images"] = ["4", 0]
    return graph


def test_what_a_step_of_the_graph_refuses_fails_at_once_with_words_of_ours(cast, slow, node):
    graph = slow.version.workflow
    graph["3"] = {"class_type": "ImageToMask", "inputs": {"image": ["2", 0], "channel": "alpha"}}
    graph["4"] = {"class_type": "MaskToImage", "inputs": {"mask": ["3", 0]}}
    graph["9"]["inputs"]["images"] = ["4", 0]
    PresetVersion.objects.filter(pk=slow.version.pk).update(workflow=graph)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, job.error_code, attempts(job)) == ("failed", "node_error", [("cpu-test", "failed")])
    assert "ImageToMask" not in job.error_message
    assert Node.objects.get().failures == 0


def test_a_graph_that_the_node_refuses_fails_at_once(cast, slow, node):
    graph = slow.version.workflow
    graph["9"]["inputs"]["images"] = ["2", 7]
    PresetVersion.objects.filter(pk=slow.version.pk).update(workflow=graph)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, job.error_code, len(attempts(job))) == ("failed", "invalid_workflow", 1)


def test_out_of_memory_is_tried_elsewhere_and_then_told(cast, node, cpu_node):
    hungry = rows.slow_preset("hungry", test_class="TestOutOfMemory")
    check_node(add_node(name="other", url=cpu_node))
    job = run_to_end(rows.submit_one(cast.owner, hungry))
    assert (job.status, job.error_code, job.faults) == ("failed", "out_of_memory", 2)
    tried = [name for name, _ in attempts(job)]
    assert (len(tried), set(tried[:2])) == (3, {"cpu-test", "other"})
    assert set(Node.objects.values_list("failures", flat=True)) == {0}


def test_an_answer_that_got_lost_is_looked_up_and_nothing_is_posted_twice(cast, slow, node):
    before = node.posts()
    node.set_faults(drop_answers=1)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, attempts(job)) == ("completed", [("cpu-test", "completed")])
    assert node.posts() - before == 1 + 1


def test_a_post_that_never_arrived_is_another_attempt_with_another_prompt(cast, slow, node):
    node.set_faults(drop_requests=1)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, attempts(job)) == ("completed", [("cpu-test", "lost"), ("cpu-test", "completed")])
    assert len(set(job.attempts.values_list("prompt_id", flat=True))) == 2


def test_half_a_picture_is_not_delivered(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    node.set_faults(truncated_output=True)
    run_once()
    again = fresh(job)
    assert (again.status, again.faults, attempts(job), stored(job)) == (
        "queued",
        1,
        [("cpu-test", "failed")],
        [],
    )
    node.set_faults(reset=True)
    assert (run_to_end(job).status, len(stored(job))) == ("completed", 3)


def test_a_node_without_disk_is_blamed_and_the_job_tried_again(cast, slow, node, registered_node):
    job = rows.submit_one(cast.owner, slow)
    node.set_faults(full_disk=True)
    run_once()
    registered_node.refresh_from_db()
    assert (fresh(job).status, fresh(job).faults, usable_nodes().count()) == ("queued", 0, 0)
    assert "no disk space" in registered_node.trouble
    node.set_faults(reset=True)
    assert check_node(registered_node)
    assert (run_to_end(job).status, usable_nodes().count()) == ("completed", 1)


def test_a_node_that_fails_every_job_gets_no_more_for_a_while(cast, slow, node, registered_node):
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(3)]
    node.set_faults(drop_requests=9)
    for _ in jobs:
        run_once()
    registered_node.refresh_from_db()
    assert (registered_node.failures, registered_node.closed_until is None) == (3, False)
    assert (next_claim(), usable_nodes().count()) == (None, 0)


def test_nodes_without_disk_do_not_keep_a_job_for_ever(cast, slow, node, monkeypatch):
    """Each time a proof reopens the node, and the next picture closes it again."""
    monkeypatch.setattr(judgement, "MOST_ATTEMPTS", 3)
    job = rows.submit_one(cast.owner, slow)
    node.set_faults(full_disk=True)
    while not fresh(job).is_final:
        run_once()
        record_success(Node.objects.get().pk)
    assert (fresh(job).status, fresh(job).error_code, len(attempts(job))) == ("failed", "node_error", 3)


def test_a_deaf_socket_costs_seconds_and_not_the_picture(cast, slow, node):
    assert run_to_end(rows.submit_one(cast.owner, slow)).status == "completed"  # opens the socket
    node.set_faults(deaf=True)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, attempts(job)) == ("completed", [("cpu-test", "completed")])


def test_a_node_without_the_newer_routes_does_as_well(cast, slow, node):
    node.set_faults(old_node=True)
    assert run_to_end(rows.submit_one(cast.owner, slow)).status == "completed"


def test_a_storage_that_is_full_leaves_no_files_and_the_job_is_tried_again(cast, slow, node, monkeypatch):
    job = rows.submit_one(cast.owner, slow)
    save = default_storage.save

    def full(key, content):
        save(key, content)
        if "preview" in key:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    run_once()
    assert (fresh(job).status, fresh(job).faults, stored(job)) == ("queued", 1, [])
    monkeypatch.undo()
    assert run_to_end(job).status == "completed"


def test_a_fault_of_ours_ends_the_job_instead_of_haunting_every_worker(cast, slow, node, monkeypatch):
    def broken(*_, **__):
        raise KeyError("a mistake")

    monkeypatch.setattr("jobs.execution.prompt.render_graph", broken)
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, job.error_code, rows.counts(cast.owner)) == ("failed", "internal_error", (0, 0))
    assert "mistake" not in job.error_message
