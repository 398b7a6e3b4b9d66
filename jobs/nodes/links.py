from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.conf import settings

from jobs.comfy import Bounds, ComfyClient, NodeStream
from jobs.nodes.secret import SECRET_HEADER, secret_of

MIB = 1024**2
_links: dict[str, NodeLink] = {}
_lock = threading.Lock()


class Ended:
    """Prompts that a node may forget, sent to it in groups to save a request per job.

    Best effort; a node itself keeps only its last 10,000.
    """

    MOST = 8
    LONGEST_S = 5.0

    def __init__(self, client: ComfyClient) -> None:
        self._client = client
        self._ids: list[str] = []
        self._since = 0.0
        self._changing = threading.Lock()

    def add(self, prompt_id: str) -> None:
        """Adds a prompt that the node may forget; sends the group if it is large or old enough."""
        with self._changing:
            if not self._ids:
                self._since = time.monotonic()
            self._ids.append(prompt_id)
            waits = len(self._ids) < self.MOST and time.monotonic() - self._since < self.LONGEST_S
        if not waits:
            self.flush()

    def flush(self) -> None:
        """Sends the group to the node now."""
        with self._changing:
            ids, self._ids = self._ids, []
        if ids:
            self._client.forget(*ids)


@dataclass(frozen=True)
class NodeLink:
    """This process's client and event stream for a node, shared by threads, and the prompts to forget."""

    client: ComfyClient
    stream: NodeStream
    ended: Ended


def link_to(url: str) -> NodeLink:
    """Returns this process's link to the node at `url`; the first call makes it."""
    with _lock:
        if url not in _links:
            headers = {SECRET_HEADER: secret_of(url)}
            client = ComfyClient(
                url,
                connect_timeout=settings.CONFIG.connect_timeout_seconds,
                bounds=bounds_of_calls(),
                headers=headers,
            )
            _links[url] = NodeLink(client, NodeStream(url, headers=headers), Ended(client))
        return _links[url]


def bounds_of_calls() -> Bounds:
    """What this installation lets a call to a node cost."""
    config = settings.CONFIG
    return Bounds(config.node_answer_seconds, config.node_file_seconds, config.node_file_mib * MIB)


def tidy_links() -> None:
    """Tells every node which prompts it may forget. Idle threads call this."""
    with _lock:
        links = list(_links.values())
    for link in links:
        link.ended.flush()


def close_links() -> None:
    """Closes every connection of this process."""
    with _lock:
        for link in _links.values():
            link.stream.close()
            link.client.close()
        _links.clear()
