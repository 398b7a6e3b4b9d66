"""The client against scripted answers, mostly ones that a healthy server gives rarely or never."""

import json
import socket
from uuid import UUID, uuid4

import httpx2
import pytest

from jobs.comfy import (
    BadOutput,
    Bounds,
    ComfyClient,
    InvalidWorkflow,
    NodeBusyOrBroken,
    NodeOccupied,
    NodeTimeout,
    NodeUnreachable,
    OutputFile,
    PhotoTooLarge,
    is_probe,
)
from tests.jobs.comfy.fetching import fetch
from tests.jobs.comfy.recordings import http_answers

GRAPH = {"1": {"class_type": "EmptyImage", "inputs": {}}}
ROUTE_MISSING = httpx2.Response(404, text="404: Not Found")
UNKNOWN_JOB = httpx2.Response(404, json={"error": "Job not found"})
FILE = OutputFile("out_00001_.png", "jobs/a/b", "output")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("jobs.comfy.client.RECHECK_DELAYS", (0.0, 0.0, 0.0))


class Node:
    """A scripted server with an answer per (method, path). Exceptions are raised; lists give one item per request."""

    def __init__(self, **answers):
        self.answers = {tuple(key.split(" ")): value for key, value in answers.items()}
        self.asked = []
        self.client = ComfyClient("http://node", transport=httpx2.MockTransport(self.answer))

    def answer(self, request):
        self.asked.append((request.method, request.url.path, request.read()))
        found = next(
            v for (m, p), v in self.answers.items() if m == request.method and request.url.path.startswith(p)
        )
        found = found.pop(0) if isinstance(found, list) else found
        if isinstance(found, Exception):
            raise found
        return httpx2.Response(found.status_code, content=found.content, headers=found.headers)

    def count(self, method, path):
        return sum(1 for m, p, _ in self.asked if (m, p) == (method, path))


def submit(node):
    prompt_id = str(uuid4())
    node.client.submit(GRAPH, prompt_id=prompt_id, client_id="c")
    return prompt_id


@pytest.mark.parametrize("look", ["find", "cancel"])
def test_a_node_that_takes_the_question_and_never_answers_is_not_waited_for_as_for_a_picture(look):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            ComfyClient(address, bounds=Bounds(answer_s=0.1, file_s=3600)) as client,
            pytest.raises(NodeTimeout),
        ):
            getattr(client, look)(str(uuid4()))


def test_who_does_not_even_take_the_connection_is_waited_for_no_longer_than_ever():
    seen = []

    def answer(request):
        seen.append(request.extensions["timeout"])
        return UNKNOWN_JOB

    client = ComfyClient("http://node", connect_timeout=5, transport=httpx2.MockTransport(answer))
    assert client.find(str(uuid4())) is None
    assert seen == [{"connect": 5, "read": 10, "write": 10, "pool": 5}]


def test_submit_sends_what_was_asked():
    node = Node(**{"POST /prompt": httpx2.Response(200, json={"node_errors": {}})})
    prompt_id = submit(node)
    assert json.loads(node.asked[0][2]) == {"prompt": GRAPH, "prompt_id": prompt_id, "client_id": "c"}


LOST_ANSWERS = [
    httpx2.ReadTimeout("slow"),
    httpx2.ReadError("reset"),
    httpx2.RemoteProtocolError("closed"),
    httpx2.Response(502, text="bad gateway"),
    httpx2.Response(200, text="{cut"),
]


@pytest.mark.parametrize("lost", LOST_ANSWERS, ids=str)
def test_a_lost_answer_is_adopted_and_never_posted_twice(lost):
    found = httpx2.Response(200, json={"status": "pending"})
    node = Node(**{"POST /prompt": lost, "GET /api/jobs/": [UNKNOWN_JOB, httpx2.ReadTimeout("slow"), found]})
    submit(node)
    assert (node.count("POST", "/prompt"), len(node.asked)) == (1, 4)


@pytest.mark.parametrize("lost", LOST_ANSWERS, ids=str)
def test_a_prompt_that_stays_unknown_is_an_error_worth_another_attempt(lost):
    node = Node(**{"POST /prompt": lost, "GET /api/jobs/": UNKNOWN_JOB})
    with pytest.raises((NodeTimeout, NodeUnreachable, NodeBusyOrBroken)) as caught:
        submit(node)
    assert (caught.value.retryable, caught.value.outcome_unknown) == (True, True)
    assert node.count("POST", "/prompt") == 1


def test_a_refused_connection_is_not_looked_up():
    node = Node(**{"POST /prompt": httpx2.ConnectError("refused")})
    with pytest.raises(NodeUnreachable) as caught:
        submit(node)
    assert (caught.value.outcome_unknown, len(node.asked)) == (False, 1)


def test_partial_validity_is_cancelled_and_an_error():
    (recorded,) = http_answers("10", "/prompt")
    accepted = httpx2.Response(200, json={"node_errors": recorded["body"]["node_errors"]})
    node = Node(
        **{"POST /prompt": accepted, "POST /api/jobs/": httpx2.Response(200, json={"cancelled": True})}
    )
    with pytest.raises(InvalidWorkflow):
        submit(node)
    assert node.asked[-1][1].endswith("/cancel")


def test_a_server_that_mints_its_own_id_is_too_old():
    node = Node(**{
        "POST /prompt": httpx2.Response(200, json={"prompt_id": "other", "node_errors": {}}),
        "POST /api/jobs/other/cancel": httpx2.Response(200, json={"cancelled": True}),
    })  # fmt: skip
    with pytest.raises(NodeBusyOrBroken):
        submit(node)
    assert node.count("POST", "/api/jobs/other/cancel") == 1


@pytest.mark.parametrize(
    ("status", "error"), [(413, InvalidWorkflow), (401, NodeBusyOrBroken), (404, NodeBusyOrBroken)]
)
def test_other_refusals(status, error):
    with pytest.raises(error):
        submit(Node(**{"POST /prompt": httpx2.Response(status, text="no")}))


def test_an_unknown_job_is_none_without_further_questions():
    node = Node(**{"GET /api/jobs/": UNKNOWN_JOB})
    assert node.client.find("a") is None
    assert len(node.asked) == 1


def old_node(queue, history):
    return Node(**{"GET /api/jobs/": ROUTE_MISSING, "GET /queue": httpx2.Response(200, json=queue),
                   "GET /history/": httpx2.Response(200, json=history)})  # fmt: skip


QUEUED = {"queue_running": [[0, "run", {}, {}, []]], "queue_pending": [[1, "wait", {}, {}, []]]}


def test_an_old_node_is_asked_for_its_queue_first():
    node = old_node(QUEUED, {})
    assert [node.client.find(name).status for name in ("run", "wait")] == ["running", "pending"]
    assert node.client.find("other") is None
    assert [path for _, path, _ in node.asked[-3:]] == ["/api/jobs/other", "/queue", "/history/other"]


def test_an_old_nodes_history_is_read():
    history = http_answers("07", "/history/")[0]["body"]
    (prompt_id,) = history
    assert old_node(QUEUED, history).client.find(prompt_id).status == "failed"


def cancelling_old_node(*queues):
    empty = httpx2.Response(200)
    answers = [httpx2.Response(200, json=queue) for queue in queues]
    return Node(
        **{
            "POST /api/jobs/": httpx2.Response(405),
            "GET /queue": answers,
            "POST /queue": empty,
            "POST /interrupt": empty,
        }
    )


IDLE = {"queue_running": [], "queue_pending": []}
WAITING_RUNS = {"queue_running": [[1, "wait", {}, {}, []]], "queue_pending": []}


@pytest.mark.parametrize(
    ("prompt_id", "queues", "answer", "posts"),
    [
        ("wait", [QUEUED, IDLE], True, [("/queue", {"delete": ["wait"]})]),
        (
            "wait",
            [QUEUED, WAITING_RUNS],
            True,
            [("/queue", {"delete": ["wait"]}), ("/interrupt", {"prompt_id": "wait"})],
        ),
        ("run", [QUEUED], True, [("/interrupt", {"prompt_id": "run"})]),
        ("gone", [QUEUED], False, []),
    ],
)
def test_cancel_on_an_old_node(prompt_id, queues, answer, posts):
    node = cancelling_old_node(*queues)
    assert node.client.cancel(prompt_id) is answer
    sent = [(path, json.loads(body)) for method, path, body in node.asked if method == "POST" and body]
    assert sent == posts


def test_upload_uses_the_name_that_the_node_chose():
    node = Node(
        **{
            "POST /upload/image": httpx2.Response(
                200, json={"name": "p (1).png", "subfolder": "in", "type": "input"}
            )
        }
    )
    assert node.client.upload_image(b"x", name="p.png") == "in/p (1).png"


@pytest.mark.parametrize("name", ["Fotó.png", "a b.png", "../x.png", "", ".hidden"])
def test_unsafe_upload_names_are_not_sent(name):
    with pytest.raises(ValueError, match="safe"):
        Node().client.upload_image(b"x", name=name)


def test_a_picture_too_large_for_this_node():
    with pytest.raises(PhotoTooLarge):
        Node(**{"POST /upload/image": httpx2.Response(413, text="Maximum")}).client.upload_image(
            b"x", name="a.png"
        )


def test_fetch_asks_for_the_file():
    node = Node(**{"GET /view": httpx2.Response(200, content=b"picture")})
    assert fetch(node.client, FILE) == b"picture"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_missing_file_is_a_bad_output(status):
    with pytest.raises(BadOutput):
        fetch(Node(**{"GET /view": httpx2.Response(status)}).client, FILE)


def test_a_file_cut_by_the_transport_is_a_bad_output():
    cut = httpx2.Response(200, headers={"Content-Length": "9"}, content=b"pict")
    with pytest.raises(BadOutput):
        fetch(Node(**{"GET /view": cut}).client, FILE)


def test_predicted_names():
    predict = Node().client.predicted_output
    assert predict("jobs/a/b/out") == OutputFile("out_00001_.png", "jobs/a/b", "output")
    assert predict("out") == OutputFile("out_00001_.png", "", "output")


def test_forget_is_best_effort():
    assert Node(**{"POST /history": httpx2.ReadError("reset")}).client.forget("a") is None


@pytest.mark.parametrize(
    "answer", [httpx2.Response(200, text="<html>"), httpx2.Response(200, json=[]), httpx2.Response(500)]
)
def test_what_is_no_comfyui_is_broken(answer):
    with pytest.raises(NodeBusyOrBroken):
        Node(**{"GET /system_stats": answer}).client.info()


def test_a_probe_behind_prompts_of_others_proves_nothing():
    node = Node(**{
        "POST /prompt": httpx2.Response(200, json={"node_errors": {}}),
        "GET /api/jobs/": httpx2.Response(200, json={"status": "pending"}),
        "GET /queue": httpx2.Response(200, json={"queue_running": [[0, "theirs", {}, {}, []]], "queue_pending": []}),
        "POST /api/jobs/": httpx2.Response(200, json={"cancelled": True}),
    })  # fmt: skip
    with pytest.raises(NodeOccupied):
        node.client.prove_alive(0.05)
    assert node.asked[-1][1].endswith("/cancel")


def test_what_waits_is_told_in_the_order_in_which_it_runs():
    rows = [
        [4, "d", {}, {}, []],
        [-1, "a", {}, {}, []],
        [2, "c", {}, {}, []],
        [2, "b", {}, {}, []],
        [3, None],
        "odd",
    ]
    body = {"queue_running": [[0, "x", {}, {}, []]], "queue_pending": rows}
    found = Node(**{"GET /queue": httpx2.Response(200, json=body)}).client.queue()
    assert (found.running, found.pending) == (("x",), ("a", "b", "c", "d"))


def test_a_probe_is_known_by_its_id():
    node = Node(**{
        "POST /prompt": httpx2.Response(200, json={"node_errors": {}}),
        "GET /api/jobs/": httpx2.Response(200, json={"status": "completed"}),
        "POST /history": httpx2.Response(200),
    })  # fmt: skip
    node.client.prove_alive(5)
    posted = node.asked[1][1].rsplit("/", 1)[1]
    assert (is_probe(posted), UUID(posted).version, is_probe(uuid4())) == (True, 4, False)


@pytest.mark.parametrize("body", [{}, {"exec_info": None}, {"exec_info": {"queue_remaining": "3"}}])
def test_a_queue_without_a_length_is_broken(body):
    with pytest.raises(NodeBusyOrBroken):
        Node(**{"GET /prompt": httpx2.Response(200, json=body)}).client.count_prompts()


def test_a_node_that_runs_nothing_is_no_proof_of_life():
    node = Node(**{
        "POST /prompt": httpx2.Response(200, json={"node_errors": {}}),
        "GET /api/jobs/": httpx2.Response(200, json={"status": "in_progress"}),
        "POST /api/jobs/": httpx2.Response(200, json={"cancelled": True}),
    })  # fmt: skip
    with pytest.raises(NodeBusyOrBroken):
        node.client.prove_alive(0.05)
    assert node.asked[-1][1].endswith("/cancel")
