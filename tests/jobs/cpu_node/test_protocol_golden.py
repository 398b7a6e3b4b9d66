"""Every recorded exchange, replayed: the node answers as the real server did.

| recordings | how |
| --- | --- |
| 01, 03-11, 14-21, 24-26 | compared in full; those in `BUILDS_ON` are replayed after the ones they build on |
| 02 | two outputs come from the cache in no fixed order: compared as a set, the last events in order |
| 12, 13 | the socket closes during progress, so progress messages are compared by kind, not by number |
| 22 | the list shows the jobs of all recordings before it: compared by keys and types of each job |
| 23 | replayed on a separate node, which is killed and started again |
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.jobs.cpu_node.replay import (
    Replay,
    bring_to_rest,
    comparable,
    event_of,
    is_event,
    read_recording,
    without_status,
)
from tests.jobs.cpu_node.running import Answer, RunningNode

BUILDS_ON = {
    "02": ["01"],
    "07": ["01"],
    "17": ["01"],
    "22": ["05", "06", "01", "07", "08", "19", "20", "21"],
}
ALONE = [f"{number:02}" for number in range(1, 27) if number not in (2, 12, 13, 22, 23)]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with RunningNode(tmp_path_factory.mktemp("replayed")) as running:
        # Refused prompts take numbers too. Prompts put in front then get numbers below the -5.5 of recording 19.
        for _ in range(10):
            assert running.call("POST", "/prompt", {"prompt": {}}).status == 400
        yield running


def replay(node: RunningNode, name: str) -> Replay:
    """Replay a recording on the node, emptied of everything but the recordings that it builds on."""
    bring_to_rest(node)
    for folder in ("protocol", "jobs"):
        for path in sorted((node.data_dir / "output").glob(f"{folder}/**/*.png")):
            path.unlink()
    for path in (node.data_dir / "input").glob("**/*.*"):
        path.unlink()
    free_memory(node)
    assert node.call("POST", "/history", {"clear": True}).status == 200
    for earlier in BUILDS_ON.get(name, []):
        Replay(node, read_recording(earlier)).run()
        if name == "22":
            free_memory(node)
    if name != "02":
        free_memory(node)
    return Replay(node, read_recording(name)).run()


def free_memory(node: RunningNode) -> None:
    """Drop cached results, as was done before every recording except 02."""
    assert node.call("POST", "/free", {"free_memory": True}).status == 200


@pytest.mark.parametrize("name", ALONE)
def test_exchange(name: str, node: RunningNode) -> None:
    done = replay(node, name)
    assert_answers(done)
    for socket in done.listeners:
        assert_events(done, socket)


def assert_answers(done: Replay) -> None:
    recorded = [line for line in done.lines if line["dir"] == "recv" and line.get("channel") == "http"]
    assert len(recorded) == len(done.answers)
    # The server makes up a prompt_id where the client sent none.
    sent = [line for line in done.lines if line["dir"] == "send" and "id" in line]
    minted = {line["id"] for line in sent if "prompt_id" not in (line.get("body") or {})}
    for line in recorded:
        answer = done.answers[line["id"]]
        if "error" in line:
            assert answer == "refused"
            continue
        assert isinstance(answer, Answer)
        assert (line["id"], answer.status) == (line["id"], line["status"])
        assert answer.content_type == line.get("content_type")
        assert_headers(answer, line.get("headers", {}))
        assert_body(answer, line, minted)


def assert_headers(answer: Answer, recorded: dict[str, str]) -> None:
    for name in ("Content-Disposition", "Etag", "Last-Modified", "Accept-Ranges", "Content-Range"):
        assert (name in answer.headers) == (name in recorded), name


def assert_body(answer: Answer, line: dict[str, Any], minted: set[int]) -> None:
    if "body" in line:
        body = answer.json()
        if "prompt_id" in body and line["id"] in minted:
            body["prompt_id"] = line["body"]["prompt_id"]
        assert comparable(body) == comparable(line["body"])
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
    assert len(told_lengths(received)) == len(told_lengths(recorded)), told_lengths(received)
    assert told_lengths(received)[-1] == told_lengths(recorded)[-1]


def told_lengths(events: list[Any]) -> list[int]:
    """Return the queue lengths in the status events. All but the last depend on thread timing."""
    told = [event["data"] for event in events if isinstance(event, dict) and event["type"] == "status"]
    return [data["status"]["exec_info"]["queue_remaining"] for data in told]


def test_cached(node: RunningNode) -> None:
    done = replay(node, "02")
    assert_answers(done)
    recorded = [event_of(line) for line in done.lines if is_event(line, "a")]
    received = done.listeners["a"].events()
    assert told_once(received) == told_once(recorded)
    assert [event["type"] for event in received[-3:]] == ["execution_success", "status", "executing"]


def told_once(events: list[Any]) -> list[str]:
    return sorted(
        repr(comparable(event)) for event in events if event["type"] not in ("status", "progress_state")
    )


@pytest.mark.parametrize("name", ["12", "13"])
def test_reconnect(name: str, node: RunningNode) -> None:
    done = replay(node, name)
    assert_answers(done)
    for socket in done.listeners:
        recorded = [event_of(line) for line in done.lines if is_event(line, socket)]
        assert kinds(done.listeners[socket].events()) == kinds(recorded)


def kinds(events: list[Any]) -> list[Any]:
    """Return the kinds of events without status; a run of progress messages counts as one."""
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
    """Return keys and types of a job, without graphs and error reports, which differ from job to job."""
    if isinstance(value, dict):
        inner = {
            key: shape(item) for key, item in value.items() if key not in ("workflow", "execution_error")
        }
        return {**inner, "outputs": None} if "outputs" in value else inner
    if isinstance(value, list):
        return [shape(item) for item in value]
    return "number" if isinstance(value, (int, float)) else type(value).__name__


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
