"""Every recorded exchange, replayed: the node answers as the real server did.

| recordings | how |
| --- | --- |
| 01-11, 14-22, 24-26 | compared in full; those that build on others (`BUILDS_ON`) after these |
| 12, 13 | the socket is closed while progress is being made, so progress messages are compared by kind, not by number |
| 22 | the list shows the jobs of all recordings before it: compared by keys and types of each job |
| 23 | on a node of its own, which is killed and started again |
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cpu_node.replay import (
    Replay,
    comparable,
    event_of,
    is_event,
    read_recording,
    without_status,
)
from tests.cpu_node.running import Answer, RunningNode

BUILDS_ON = {
    "02": ["01"],
    "07": ["01"],
    "17": ["01"],
    "22": ["05", "06", "01", "07", "08", "19", "20", "21"],
}
ALONE = [f"{number:02}" for number in range(1, 27) if number not in (12, 13, 22, 23)]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with RunningNode(tmp_path_factory.mktemp("replayed")) as running:
        yield running


def replay(node: RunningNode, name: str) -> Replay:
    """On a node that remembers nothing but what the recording builds on."""
    for folder in ("protocol", "jobs"):
        for path in sorted((node.data_dir / "output").glob(f"{folder}/**/*.png")):
            path.unlink()
    for path in (node.data_dir / "input").glob("**/*.*"):
        path.unlink()
    assert node.call("POST", "/free", {"free_memory": True}).status == 200
    assert node.call("POST", "/history", {"clear": True}).status == 200
    for earlier in BUILDS_ON.get(name, []):
        Replay(node, read_recording(earlier)).run()
    return Replay(node, read_recording(name)).run()


@pytest.mark.parametrize("name", ALONE)
def test_exchange(name: str, node: RunningNode) -> None:
    done = replay(node, name)
    assert_answers(done)
    for socket in done.listeners:
        assert_events(done, socket)


def assert_answers(done: Replay) -> None:
    recorded = [line for line in done.lines if line["dir"] == "recv" and line.get("channel") == "http"]
    assert len(recorded) == len(done.answers)
    for line in recorded:
        answer = done.answers[line["id"]]
        if "error" in line:
            assert answer == "refused"
            continue
        assert isinstance(answer, Answer)
        assert (line["id"], answer.status) == (line["id"], line["status"])
        assert answer.content_type == line.get("content_type")
        assert_headers(answer, line.get("headers", {}))
        assert_body(answer, line)


def assert_headers(answer: Answer, recorded: dict[str, str]) -> None:
    for name in ("Content-Disposition", "Etag", "Last-Modified", "Accept-Ranges", "Content-Range"):
        assert (name in answer.headers) == (name in recorded), name


def assert_body(answer: Answer, line: dict[str, Any]) -> None:
    if "body" in line:
        assert comparable(answer.json()) == comparable(line["body"])
    elif "text" in line:
        assert answer.data.decode() == line["text"]
    else:
        assert answer.data[:8].hex() == line["head_hex"][:16]


def assert_events(done: Replay, socket: str) -> None:
    recorded = [event_of(line) for line in done.lines if is_event(line, socket)]
    received = done.listeners[socket].events()
    assert [comparable(event) for event in without_status(received)] == [
        comparable(event) for event in without_status(recorded)
    ]
    assert status_kinds(received) == status_kinds(recorded)


def status_kinds(events: list[Any]) -> list[int]:
    """The lengths of the queue that were told, without their order: they are told from another thread."""
    told = [event["data"] for event in events if isinstance(event, dict) and event["type"] == "status"]
    return sorted(data["status"]["exec_info"]["queue_remaining"] for data in told)


@pytest.mark.parametrize("name", ["12", "13"])
def test_reconnect(name: str, node: RunningNode) -> None:
    done = replay(node, name)
    assert_answers(done)
    for socket in done.listeners:
        recorded = [event_of(line) for line in done.lines if is_event(line, socket)]
        assert kinds(done.listeners[socket].events()) == kinds(recorded)


def kinds(events: list[Any]) -> list[Any]:
    """Events without status; a run of progress messages counts as one."""
    found: list[Any] = []
    for event in without_status(events):
        kind = (event["type"], event["data"].get("node"), "prompt_id" in event["data"])
        if kind[0] in ("progress", "progress_state"):
            kind = ("progress", None, True)
        if found[-1:] != [kind]:
            found.append(kind)
    return found


def test_list_of_jobs(node: RunningNode) -> None:
    done = replay(node, "22")
    for line in (line for line in done.lines if line["dir"] == "recv"):
        answer = done.answers[line["id"]]
        assert isinstance(answer, Answer)
        assert answer.status == line["status"]
        body = answer.json()
        assert shape(body) == shape(line["body"])
        if line["status"] == 400:
            assert body == line["body"]
        elif "jobs" in body:
            assert [job["status"] for job in body["jobs"]] == [job["status"] for job in line["body"]["jobs"]]


def shape(value: Any) -> Any:
    """Keys and types of a job: graphs and error reports differ with the job."""
    if isinstance(value, dict):
        inner = {
            key: shape(item) for key, item in value.items() if key not in ("workflow", "execution_error")
        }
        return {**inner, "outputs": None} if "outputs" in value else inner
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def test_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with RunningNode(tmp_path_factory.mktemp("killed")) as running:
        done = Replay(running, read_recording("23")).run()
        assert_answers(done)
        for socket in done.listeners:
            assert_events(done, socket)
        (line,) = (line for line in done.lines if line.get("id") == 13 and line["dir"] == "recv")
        answer = done.answers[13]
        assert isinstance(answer, Answer)
        assert answer.json()["number"] == line["body"]["number"] == 0
