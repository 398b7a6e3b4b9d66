"""Runs a node in its own process, with a plain HTTP client for it."""

import http.client
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.services import process

PATIENCE = 60.0  # seconds; only a failing test waits this long

ROOT = Path(__file__).parent.parent.parent.parent


def wait_until(condition: Callable[[], Any]) -> Any:
    """Returns the first true answer of `condition`, which is asked again and again."""
    return process.wait_until(condition, "it did not happen", PATIENCE)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def content_type(self) -> str | None:
        return self.headers.get("Content-Type")

    def json(self) -> Any:
        return json.loads(self.data)


class RunningNode:
    """`python -m jobs.cpu_node` on a free port; ends with the `with` block."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir, self.options = data_dir, options or ("--test-nodes", "--faults")
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "jobs.cpu_node", "--port", "0", "--data-dir", str(self.data_dir)]
        self.process = subprocess.Popen(
            [*command, "--with-parent", *self.options], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("CPU node ready on http://127.0.0.1:"), line
        self.address = line.split("http://")[1].strip()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout: float = PATIENCE,
    ) -> Answer:
        """Send one request on a new connection. A body that is not bytes is sent as JSON."""
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, data, headers or {})
            response = connection.getresponse()
            headers = {name.title(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        return self.call("GET", path).json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.call("POST", path, {} if body is None else body)
        return answer.json() if answer.data else None

    def set_faults(self, **faults: Any) -> None:
        assert self.call("POST", "/faults", {"reset": True}).status == 200
        assert self.call("POST", "/faults", faults).status == 200


@dataclass
class Multipart:
    """A form with files (RFC 7578)."""

    parts: list[bytes] = field(default_factory=list)
    boundary: str = "boundary-of-the-form"

    def add(self, name: str, data: bytes, filename: str | None = None, kind: str | None = None) -> None:
        head = f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"'
        head += f'; filename="{filename}"' if filename else ""
        head += f"\r\nContent-Type: {kind}" if kind else ""
        self.parts.append(f"{head}\r\n\r\n".encode() + data + b"\r\n")

    def body(self) -> bytes:
        return b"".join(self.parts) + f"--{self.boundary}--\r\n".encode()

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": f"multipart/form-data; boundary={self.boundary}"}


def make_graph(seconds: float = 0.0) -> dict[str, Any]:
    """Return a graph that takes this long and that no cache has."""
    nonce = uuid.uuid4().int & (2**62 - 1)
    wait = {"image": ["1", 0], "seconds": seconds, "steps": 1, "preview": False, "nonce": nonce}
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 7}},
        "2": {"class_type": "TestSlowSteps", "inputs": wait},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": f"f/{nonce}/out"}},
    }


def submit(node: RunningNode, **more: Any) -> str:
    """Post a prompt that is as quick as can be, unless `more` has another. Return its id."""
    prompt_id = str(uuid.uuid4())
    answer = node.call("POST", "/prompt", {"prompt": make_graph(), "prompt_id": prompt_id, **more})
    assert answer.status == 200
    return prompt_id


def finished(node: RunningNode, prompt_id: str) -> dict[str, Any]:
    """Return the history of a prompt as soon as it has ended."""
    return wait_until(lambda: node.get(f"/history/{prompt_id}").get(prompt_id))
