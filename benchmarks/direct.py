"""The baseline: a minimal client that keeps one node's queue full and does nothing else.

It posts a prompt, listens on one WebSocket, posts the next prompt as soon as one ends, and fetches results in
a second thread. Without rows, checks and previews, it shows the most that a node can do.
"""

from __future__ import annotations

import copy
import json
import queue
import random
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import connect

Graph = dict[str, dict[str, Any]]


def read_graph(preset: str, seconds: float) -> Graph:
    """The graph of a trial preset that waits `seconds`."""
    path = Path(__file__).parent / "presets" / preset / "workflow.json"
    graph: Graph = json.loads(path.read_text())
    graph["3"]["inputs"]["seconds"] = seconds
    return graph


class DirectClient:
    """A client of one node.

    `heard`: per prompt, when its start and end were received, in seconds since 1970.
    """

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, timeout=30, trust_env=False)
        self.client_id = str(uuid.uuid4())
        self.socket = connect(
            f"ws{url.removeprefix('http')}/ws?clientId={self.client_id}", proxy=None, compression=None
        )
        self.heard: dict[str, dict[str, float]] = {}
        self.results: list[bytes] = []

    def close(self) -> None:
        self.socket.close()
        self.http.close()

    def run(self, graph: Graph, *, count: int, depth: int, photos: list[Path] | None = None) -> None:
        """Runs `count` prompts, each with its own seed and photo, `depth` of them on the node at a time."""
        waiting = iter(range(count))
        done: queue.Queue[str | None] = queue.Queue()
        fetcher = threading.Thread(target=self._fetch_all, args=(done,))
        fetcher.start()
        mine: set[str] = set()
        for first in [next(waiting) for _ in range(min(depth, count))]:
            mine.add(self._post(graph, photos[first] if photos else None))
        while mine:
            ended = self._next_end(mine)
            mine.discard(ended)
            if (number := next(waiting, None)) is not None:
                mine.add(self._post(graph, photos[number] if photos else None))
            done.put(ended)
        done.put(None)
        fetcher.join()

    def _post(self, graph: Graph, photo: Path | None) -> str:
        prompt_id, graph = str(uuid.uuid4()), copy.deepcopy(graph)
        graph["3"]["inputs"]["nonce"] = random.getrandbits(53)
        graph["9"]["inputs"]["filename_prefix"] = f"direct/{prompt_id}/out"
        if photo:
            files = {"image": (f"{prompt_id}.png", photo.read_bytes(), "image/png")}
            self.http.post("/upload/image", files=files).raise_for_status()
            graph["1"]["inputs"]["image"] = f"{prompt_id}.png"
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": self.client_id}
        self.http.post("/prompt", json=body).raise_for_status()
        return prompt_id

    def _next_end(self, mine: set[str]) -> str:
        """Reads the socket until one of the prompts has ended."""
        while True:
            message = self.socket.recv()
            if isinstance(message, bytes):
                continue
            event = json.loads(message)
            prompt_id, kind = str(event["data"].get("prompt_id")), event["type"]
            heard = self.heard.setdefault(prompt_id, {})
            if kind == "execution_start":
                heard["started"] = time.time()
            elif kind == "executing" and event["data"]["node"] is None and prompt_id in mine:
                heard["ended"] = time.time()
                return prompt_id

    def _fetch_all(self, done: queue.Queue[str | None]) -> None:
        while (prompt_id := done.get()) is not None:
            outputs = self.http.get(f"/history/{prompt_id}").json()[prompt_id]["outputs"]
            self.results.append(self.http.get("/view", params=outputs["9"]["images"][0]).content)
            self.http.post("/history", json={"delete": [prompt_id]})
