"""Each fault does what `jobs.cpu_node.faults` says, and stops when it is switched off."""

import http.client
import io
import uuid
from collections.abc import Iterator
from typing import Any

import PIL.Image
import pytest

from tests.jobs.cpu_node.replay import Listener, is_end, without_status
from tests.jobs.cpu_node.running import (
    PATIENCE,
    Multipart,
    RunningNode,
    finished,
    make_graph,
    submit,
    wait_until,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with RunningNode(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.fixture
def node(shared: RunningNode) -> Iterator[RunningNode]:
    yield shared
    shared.set_faults()


def find_job(node: RunningNode, prompt_id: str) -> dict[str, Any]:
    return node.get(f"/api/jobs/{prompt_id}")


def test_unknown_fault_is_refused(node: RunningNode) -> None:
    assert node.call("POST", "/faults", {"no_such": 1}).status == 400
    assert node.call("POST", "/faults", {"delay_ms": "long"}).status == 400
    assert "no_such" not in node.get("/faults")


def test_dropped_answer_was_accepted_all_the_same(node: RunningNode) -> None:
    node.set_faults(drop_answers=1)
    prompt_id = str(uuid.uuid4())
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        node.call("POST", "/prompt", {"prompt": make_graph(), "prompt_id": prompt_id})
    assert finished(node, prompt_id)["status"]["status_str"] == "success"
    assert node.get("/faults")["drop_answers"] == 0


def test_dropped_request_was_not_accepted(node: RunningNode) -> None:
    node.set_faults(drop_requests=1)
    prompt_id = str(uuid.uuid4())
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        node.call("POST", "/prompt", {"prompt": make_graph(), "prompt_id": prompt_id})
    assert find_job(node, prompt_id) == {"error": "Job not found"}


def test_delayed_prompt_can_be_cancelled(node: RunningNode) -> None:
    node.set_faults(delay_ms=60_000)
    prompt_id = submit(node)
    wait_until(lambda: find_job(node, prompt_id)["status"] == "in_progress")
    assert node.post(f"/api/jobs/{prompt_id}/cancel") == {"cancelled": True}
    assert finished(node, prompt_id)["status"]["messages"][-1][0] == "execution_interrupted"


def test_zombie_accepts_and_runs_nothing(node: RunningNode) -> None:
    node.set_faults(zombie=True)
    first, second = submit(node), submit(node)
    wait_until(lambda: find_job(node, first)["status"] == "in_progress")
    node.post("/interrupt")
    assert [find_job(node, prompt_id)["status"] for prompt_id in (first, second)] == [
        "in_progress",
        "pending",
    ]
    node.set_faults()
    assert finished(node, second)["status"]["status_str"] == "success"


def test_deaf_sockets_hear_nothing_but_new_ones_do(node: RunningNode) -> None:
    deaf = Listener(node, "/ws?clientId=deaf")
    deaf.wait_for_statuses(1)
    node.set_faults(deaf=True)
    hearing = Listener(node, "/ws?clientId=hearing")
    submit(node, client_id="deaf")
    submit(node, client_id="hearing")
    hearing.wait_for(is_end, 1)
    assert without_status(deaf.events()) == []
    assert len(deaf.events()) == 1
    deaf.close()
    hearing.close()


def test_truncated_output(node: RunningNode) -> None:
    node.set_faults(truncated_output=True)
    row = finished(node, submit(node))
    entry = row["outputs"]["9"]["images"][0]
    query = f"filename={entry['filename']}&subfolder={entry['subfolder']}&type=output"
    answer = node.call("GET", f"/view?{query}")
    assert answer.status == 200
    with pytest.raises(OSError, match=r"(?i)truncated"), PIL.Image.open(io.BytesIO(answer.data)) as image:
        image.load()


def test_full_disk_fails_the_save(node: RunningNode) -> None:
    node.set_faults(full_disk=True)
    kind, about = finished(node, submit(node))["status"]["messages"][-1]
    assert (kind, about["node_type"], about["exception_type"]) == ("execution_error", "SaveImage", "OSError")
    assert about["exception_message"] == "[Errno 28] No space left on device\n"


def test_full_disk_fails_the_upload(node: RunningNode) -> None:
    node.set_faults(full_disk=True)
    form = Multipart()
    form.add("image", b"0123456789", "full.png", "image/png")
    assert node.call("POST", "/upload/image", form.body(), form.headers).status == 500
    assert (node.data_dir / "input" / "full.png").read_bytes() == b"01234"


def test_history_comes_late(node: RunningNode) -> None:
    node.set_faults(history_delay_ms=400)
    listener = Listener(node, "/ws?clientId=late")
    prompt_id = submit(node, client_id="late")
    listener.wait_for(lambda event: event["type"] == "execution_success", 1)
    assert node.get(f"/history/{prompt_id}") == {}
    listener.wait_for(is_end, 1)
    assert list(node.get(f"/history/{prompt_id}")) == [prompt_id]
    listener.close()


def test_pause_between_prompts(node: RunningNode) -> None:
    node.set_faults(gc_pause_ms=300)
    finished(node, submit(node))
    finished(node, submit(node))
    assert node.get("/faults")["gc_pause_ms"] == 300


def test_old_node_has_no_job_routes(node: RunningNode) -> None:
    node.set_faults(old_node=True)
    paths = ("/api/jobs", f"/api/jobs/{uuid.uuid4()}")
    assert [node.call("GET", path).status for path in paths] == [404, 404]


def test_dies_at_a_node(tmp_path_factory: pytest.TempPathFactory) -> None:
    with RunningNode(tmp_path_factory.mktemp("dying")) as running:
        listener = Listener(running, "/ws?clientId=a")
        running.set_faults(die_at_node=2)
        submit(running, client_id="a")
        assert listener.closed.wait(PATIENCE)
        started = [event["data"]["node"] for event in listener.events() if event["type"] == "executing"]
        assert started == ["1"]
        assert running.process is not None
        assert running.process.wait(PATIENCE) == -9
        listener.close()


def test_no_fault_route_unless_allowed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with RunningNode(tmp_path_factory.mktemp("plain"), "--threads=1") as running:
        assert running.call("GET", "/faults").status == 404
        assert running.call("POST", "/faults", {"zombie": True}).status == 404
        assert running.get("/object_info/TestSlowSteps") == {}
