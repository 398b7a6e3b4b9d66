"""Replays a recorded exchange against a node and compares the answers.

It compares the status, content type and header names of every answer; every JSON value with its type, except values
in `VOLATILE`, which differ from run to run or are the node's own texts; every event with all its values, in the
recorded order; and the headers of binary frames. `status` events are broadcast independently of the others, so they
are counted apart.
"""

import base64
import contextlib
import io
import json
import struct
import threading
import urllib.parse
from collections.abc import Callable
from typing import Any

import PIL.Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.jobs.cpu_node.golden import GOLDEN
from tests.jobs.cpu_node.running import PATIENCE, Answer, Multipart, RunningNode, wait_until

VOLATILE = {
    "timestamp", "create_time", "execution_start_time", "execution_end_time", "number", "priority", "traceback",
    "current_inputs", "current_outputs", "tooltip", "filename", "total", "id", "nodeId", "ram_total", "ram_free",
    "vram_total", "vram_free", "torch_vram_total", "torch_vram_free", "comfy_package_versions", "argv", "deploy_environment",
    "python_version", "pytorch_version", "required_frontend_version", "installed_templates_version",
    "required_templates_version",
}  # fmt: skip
Line = dict[str, Any]


def read_recording(name: str) -> list[Line]:
    (path,) = (GOLDEN / "protocol").glob(f"{name}_*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()][1:]


class Listener:
    """One WebSocket and everything that it received."""

    def __init__(self, node: RunningNode, path: str) -> None:
        self.stack = contextlib.ExitStack()
        opening = connect(f"ws://{node.address}{path}", ping_interval=None, max_size=None)
        self.socket: ClientConnection = self.stack.enter_context(opening)
        self.received: list[str | bytes] = []
        self.closed = threading.Event()
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            for message in self.socket:
                with self.changed:
                    self.received.append(message)
                    self.changed.notify_all()
        except ConnectionClosed:
            pass
        with self.changed:
            self.closed.set()
            self.changed.notify_all()

    def events(self) -> list[Line | bytes]:
        return [json.loads(message) if isinstance(message, str) else message for message in self.received]

    def wait_for(self, counts: Callable[[Any], bool], count: int, seconds: float = PATIENCE) -> None:
        """Wait until `count` events that satisfy `counts` have come; `status` events are ignored."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.count(counts) >= count, seconds), self.events()

    def wait_for_statuses(self, count: int) -> None:
        """Wait until `count` `status` events have come. Every socket gets the first on connecting."""
        with self.changed:
            assert self.changed.wait_for(lambda: count_statuses(self.events()) >= count, PATIENCE)

    def count(self, counts: Callable[[Any], bool]) -> int:
        return len([event for event in without_status(self.events()) if counts(event)])

    def close(self) -> None:
        self.stack.close()
        self.thread.join()


def without_status(events: list[Any]) -> list[Any]:
    return [event for event in events if not (isinstance(event, dict) and event.get("type") == "status")]


def count_statuses(events: list[Any]) -> int:
    return len(events) - len(without_status(events))


def is_end(event: Any) -> bool:
    return isinstance(event, dict) and event["type"] == "executing" and event["data"]["node"] is None


def bring_to_rest(node: RunningNode) -> None:
    """Wait until the node has sent every event of earlier prompts: run a prompt and wait for its end.

    The node's single worker sends that end last. Waiting for an empty queue is not enough: the last `status` of an
    exchange is sent just after the queue has become empty.
    """
    listener = Listener(node, "/ws?clientId=rest")
    listener.wait_for_statuses(1)
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    assert node.call("POST", "/prompt", {"prompt": graph, "client_id": "rest"}).status == 200
    listener.wait_for(is_end, 1)
    listener.close()


class Replay:
    """Sends each recorded message after everything recorded before it has come. Stores answers by recorded id."""

    def __init__(self, node: RunningNode, lines: list[Line]) -> None:
        self.node, self.lines = node, lines
        self.listeners: dict[str, Listener] = {}
        self.answers: dict[int, Answer | str] = {}
        self.answered = 0.0

    def run(self) -> "Replay":
        for index, line in enumerate(self.lines):
            if line["dir"] == "recv":
                continue
            self.wait_for_events(self.lines[:index])
            if line.get("event") == "close":
                self.wait_for_statuses(line["socket"], self.lines[:index])
            self.act(line)
        self.wait_for_events(self.lines)
        return self

    def wait_for_events(self, lines: list[Line]) -> None:
        """Wait until each socket has received what `lines` record; a prompt's end implies all events before it."""
        for name, listener in self.listeners.items():
            wanted = without_status([event_of(line) for line in lines if is_event(line, name)])
            if not wanted or listener.closed.is_set():
                continue
            ends = [event for event in wanted if is_end(event)]
            if is_end(wanted[-1]):
                listener.wait_for(is_end, len(ends))
            else:
                listener.wait_for(lambda event: True, len(wanted))

    def wait_for_statuses(self, name: str, lines: list[Line]) -> None:
        """Wait until a socket has received as many `status` events as `lines` record: the last one is late."""
        recorded = [event_of(line) for line in lines if is_event(line, name)]
        self.listeners[name].wait_for_statuses(count_statuses(recorded))

    def wait_for_status_of_job(self, line: Line) -> None:
        """Wait until a job has the status that it had when the recording asked for it."""
        (recorded,) = [each for each in self.lines if each["dir"] == "recv" and each.get("id") == line["id"]]
        if "status" in recorded.get("body", {}):
            wait_until(lambda: self.node.get(line["path"]).get("status") == recorded["body"]["status"])

    def act(self, line: Line) -> None:
        if line["dir"] == "note":
            self.follow_note(line["text"])
        elif line["channel"] == "http":
            if line["path"].startswith("/api/jobs/") and line["method"] == "GET":
                self.wait_for_status_of_job(line)
            self.answers[line["id"]] = self.request(line)
        elif line.get("event") == "open":
            self.listeners[line["socket"]] = Listener(self.node, line["path"])
            # The first status must come before anything else is sent, else it could already count it.
            self.listeners[line["socket"]].wait_for_statuses(1)
        elif line.get("event") == "close":
            self.listeners[line["socket"]].close()
        else:
            self.listeners[line["socket"]].socket.send(json.dumps(line["body"]))

    def follow_note(self, text: str) -> None:
        if text == "the output file is deleted on the node":
            (self.node.data_dir / "output/protocol/gone/out_00001_.png").unlink()
        elif text == "the server process is killed":
            self.node.kill()
        elif text == "started again":
            self.node.__enter__()

    def request(self, line: Line) -> Answer | str:
        headers, body = dict(line.get("headers", {})), line.get("body")
        if "text" in line:
            body = line["text"].encode()
        if "multipart" in line:
            form = make_form(line["multipart"])
            headers, body = form.headers, form.body()
        if "If-None-Match" in headers:
            earlier = self.answers[1]
            assert isinstance(earlier, Answer)
            headers["If-None-Match"] = earlier.headers["Etag"]
        try:
            return self.node.call(line["method"], self.rename_temporary(line["path"]), body, headers)
        except ConnectionRefusedError:
            return "refused"

    def rename_temporary(self, path: str) -> str:
        """Replace recorded names of temporary files, which are random: the n-th by the n-th received one."""
        for name, listener in self.listeners.items():
            recorded = temporary_names([event_of(line) for line in self.lines if is_event(line, name)])
            for old, new in zip(recorded, temporary_names(listener.events()), strict=False):
                path = path.replace(old, new)
        return path


def temporary_names(events: list[Any]) -> list[str]:
    shown = [event for event in events if isinstance(event, dict) and event["type"] == "executed"]
    entries = [entry for event in shown for entry in event["data"]["output"].get("images", [])]
    return [entry["filename"] for entry in entries if entry["type"] == "temp"]


def make_form(parts: list[Line]) -> Multipart:
    """File names outside ASCII arrive percent-encoded, as the recording client sent them."""
    form = Multipart()
    for part in parts:
        if "file" in part:
            name = urllib.parse.quote(part["filename"], safe="")
            form.add(part["name"], read_file(part), name, part["content_type"])
        else:
            form.add(part["name"], part["value"].encode())
    return form


def read_file(part: Line) -> bytes:
    if "note" not in part:
        return (GOLDEN / part["file"]).read_bytes()
    with PIL.Image.open(GOLDEN / part["file"]) as image:
        small = image.convert("RGB")
        small.thumbnail((320, 320), PIL.Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(stream, "PNG")
    return stream.getvalue()


def is_event(line: Line, socket: str) -> bool:
    return (
        line["dir"] == "recv"
        and line.get("channel") == "ws"
        and line["socket"] == socket
        and ("body" in line or "binary_b64" in line)
    )


def event_of(line: Line) -> Any:
    return base64.b64decode(line["binary_b64"]) if "binary_b64" in line else line["body"]


def comparable(value: Any, key: str = "") -> Any:
    """Return the value with volatile parts replaced by their types; the order of keys is preserved."""
    if key in VOLATILE:
        return type(value).__name__
    if key in UNORDERED:
        return UNORDERED[key](value)
    if isinstance(value, bytes):
        return describe_frame(value)
    if isinstance(value, dict):
        return [(name, comparable(entry, name)) for name, entry in value.items()]
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def by_name(entries: dict[str, Any]) -> dict[str, Any]:
    return {name: comparable(entry) for name, entry in sorted(entries.items())}


def prompt_row(row: Any) -> Any:
    """Return a comparable row of queue or history. Elsewhere the same key holds a graph, which is a dict."""
    if isinstance(row, dict):
        return comparable(row)
    return [type(row[0]).__name__, *(comparable(item) for item in row[1:4]), sorted(row[4])]


# The server fixes neither the order of these entries nor the name of the device.
UNORDERED: dict[str, Callable[[Any], Any]] = {
    "node_errors": by_name,
    "outputs": by_name,
    "meta": by_name,
    "errors": lambda errors: sorted((comparable(error) for error in errors), key=repr),
    "devices": lambda devices: [comparable({**device, "name": ""}) for device in devices],
    "queue_running": lambda rows: [prompt_row(row) for row in rows],
    "queue_pending": lambda rows: [prompt_row(row) for row in rows],
    "prompt": prompt_row,
}


def describe_frame(frame: bytes) -> Any:
    kind, second = struct.unpack(">II", frame[:8])
    if kind == 4:
        return kind, json.loads(frame[8 : 8 + second]), frame[8 + second : 8 + second + 3]
    return (kind, second, frame[8:11]) if kind == 1 else (kind, frame[4:])
