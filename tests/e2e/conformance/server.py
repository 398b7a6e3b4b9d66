"""The server under test: our CPU node, or the ComfyUI server at COMFYUI_URL."""

import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import httpx2

from jobs.comfy import ComfyClient, Event, Finished, Graph, NodeStream, PromptState, Succeeded
from tests.e2e.conformance import graphs

PATIENCE = 60  # seconds; only a failing test waits this long
READY = "CPU node ready on "


class CpuNode:
    """A CPU node in a child process. A later node may start on the same data folder."""

    def __init__(self, data_dir: Path, port: int = 0, *more: str) -> None:
        command = [sys.executable, "-m", "jobs.cpu_node", "--port", str(port), "--data-dir", str(data_dir)]
        options = ["--test-nodes", "--faults", "--with-parent"]
        self.process = subprocess.Popen([*command, *options, *more], stdout=subprocess.PIPE, text=True)
        lines = iter(self.process.stdout.readline, "")
        self.url = next(line.strip().removeprefix(READY) for line in lines if line.startswith(READY))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class Server:
    """One node with its client and stream. Knows whether the node offers test nodes and faults."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = ComfyClient(url)
        self.stream = NodeStream(url)
        self.http = httpx2.Client(base_url=url, trust_env=False)
        self.has_test_nodes = "TestSlowSteps" in self.client.capabilities().classes
        self.has_faults = self.http.get("/faults").status_code == 200

    def close(self) -> None:
        self.stream.close()
        self.client.close()
        self.http.close()

    def set_faults(self, **faults: object) -> None:
        assert self.http.post("/faults", json=faults).status_code == 200

    def slow_graph(self, seconds: float) -> Graph:
        """A prompt that runs for about `seconds` in many short steps and can be interrupted between them."""
        return graphs.slow_steps(seconds) if self.has_test_nodes else graphs.slow_core(int(seconds * 12))

    def submit(self, graph: Graph, prompt_id: str = "") -> str:
        """Posts a prompt without watching its events. Returns its id."""
        prompt_id = prompt_id or str(uuid4())
        self.client.submit(graph, prompt_id=prompt_id, client_id="unwatched")
        return prompt_id

    def run(self, graph: Graph, prompt_id: str = "") -> tuple[str, list[Event]]:
        """Runs a prompt to its end. Returns its id and all its events, as `until_finished` does."""
        prompt_id = prompt_id or str(uuid4())
        client_id = self.stream.ensure_connected(PATIENCE)
        with self.stream.subscribe(prompt_id, client_id) as events:
            self.client.submit(graph, prompt_id=prompt_id, client_id=client_id)
            return prompt_id, until_finished(events)

    def wait_until(self, prompt_id: str, *statuses: str) -> PromptState | None:
        """Polls until the prompt has one of these statuses. "unknown": the server does not know it (None)."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            state = self.client.find(prompt_id)
            if (state.status if state else "unknown") in statuses:
                return state
            time.sleep(0.01)
        raise AssertionError(f"{prompt_id} did not become {statuses}: {state}")


def until_finished(events) -> list[Event]:
    """Returns the events up to and including Finished."""
    return until(events, Finished)


def until(events, kind: type[Event]) -> list[Event]:
    """Returns the events up to and including the first of this kind.

    Leaves Succeeded out, which comes between the last file and Finished, unless it is the wanted kind.
    """
    seen = []
    while not seen or not isinstance(seen[-1], kind):
        event = events.get(PATIENCE)
        assert event is not None, f"no {kind.__name__} after {seen}"
        if kind is Succeeded or not isinstance(event, Succeeded):
            seen.append(event)
    return seen
