"""Submitting, beyond the recordings: numbers and ties, partial targets, secrets, global interrupts, paging."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.jobs.cpu_node.running import RunningNode, finished, make_graph, submit, wait_until


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with RunningNode(tmp_path_factory.mktemp("submit")) as running:
        yield running


@pytest.fixture
def node(shared: RunningNode) -> Iterator[RunningNode]:
    """A node whose first prompt blocks the others until `let_go`."""
    shared.set_faults(zombie=True)
    shared.post("/history", {"clear": True})
    shared.post("/prompt", {"prompt": make_graph(), "prompt_id": str(uuid.uuid4())})
    wait_until(lambda: shared.get("/queue")["queue_running"])
    yield shared
    shared.post("/queue", {"clear": True})
    let_go(shared)


def let_go(node: RunningNode) -> None:
    node.set_faults()
    wait_until(lambda: node.get("/prompt") == {"exec_info": {"queue_remaining": 0}})


def test_ties_run_by_id(node: RunningNode) -> None:
    expected = sorted(submit(node, number=5) for _ in range(6))
    first = submit(node, front=True)
    let_go(node)
    assert list(node.get("/history"))[1:] == [first, *expected]


def test_same_id_and_number_twice_is_an_error(node: RunningNode) -> None:
    prompt_id = submit(node, number=3)
    assert (
        node.call("POST", "/prompt", {"prompt": make_graph(), "prompt_id": prompt_id, "number": 3}).status
        == 500
    )
    assert len(node.get("/queue")["queue_pending"]) == 1


def test_same_id_may_wait_twice_and_delete_removes_one(node: RunningNode) -> None:
    prompt_id = submit(node)
    submit(node, prompt_id=prompt_id)
    node.post("/queue", {"delete": [prompt_id]})
    assert [row[1] for row in node.get("/queue")["queue_pending"]] == [prompt_id]


def test_interrupt_without_id_hits_whatever_runs(node: RunningNode) -> None:
    node.post("/interrupt")
    let_go(node)
    (row,) = node.get("/history").values()
    assert row["status"]["messages"][-1][0] == "execution_interrupted"


def test_partial_targets_run_only_these(node: RunningNode) -> None:
    graph = make_graph()
    graph["10"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    prompt_id = submit(node, prompt=graph, partial_execution_targets=["10"])
    let_go(node)
    row = finished(node, prompt_id)
    assert (row["prompt"][4], list(row["outputs"])) == (["10"], ["10"])


def test_secrets_are_not_kept(node: RunningNode) -> None:
    submit(node, extra_data={"api_key_comfy_org": "secret", "creator": "job-1"})
    (row,) = node.get("/queue")["queue_pending"]
    assert sorted(row[3]) == ["create_time", "creator"]


@pytest.mark.parametrize("client_id", [["a"], {"a": 1}, 5])
def test_client_id_that_is_no_string_does_no_harm(client_id: Any, node: RunningNode) -> None:
    assert node.call("POST", "/prompt", {"prompt": make_graph(), "client_id": client_id}).status == 500
    assert node.get("/queue")["queue_pending"] == []


def test_a_graph_that_is_none_does_no_harm(node: RunningNode) -> None:
    bodies = [{"prompt": [1]}, {"prompt": {"1": 5}}, {"prompt": None}, {"prompt": {"1": {"class_type": []}}}]
    assert [node.call("POST", "/prompt", body).status for body in bodies] == [500, 500, 500, 500]


def test_jobs_by_workflow_and_page(node: RunningNode) -> None:
    tagged = submit(node, extra_data={"extra_pnginfo": {"workflow": {"id": "w1"}}})
    others = [submit(node) for _ in range(3)]
    assert [job["id"] for job in node.get("/api/jobs?workflow_id=w1")["jobs"]] == [tagged]
    page = node.get("/api/jobs?status=pending&limit=2&offset=2&sort_order=asc")
    assert page["pagination"] == {"offset": 2, "limit": 2, "total": 4, "has_more": False}
    assert [job["id"] for job in page["jobs"]] == others[1:]


def test_prefix_works_everywhere_but_jobs_need_it(node: RunningNode) -> None:
    paths = ["/prompt", "/queue", "/history", "/system_stats", "/features", "/object_info/SaveImage"]
    assert [node.call("GET", f"/api{path}").status for path in paths] == [200] * len(paths)
    assert node.call("GET", "/jobs").status == 404
