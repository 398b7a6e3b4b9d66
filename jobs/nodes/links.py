from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.conf import settings

from jobs.comfy import ComfyClient, NodeStream

_links: dict[str, NodeLink] = {}
_lock = threading.Lock()


class Ended:
    """Prompts that a node need not remember any more, told to it some at a time: a request for each would cost as
    much as the job's others. Best effort; a node keeps its last 10,000 by itself."""

    MOST = 8
    LONGEST_S = 5.0

    def __init__(self, client: ComfyClient) -> None:
        self._client = client
        self._ids: list[str] = []
        self._since = 0.0
        self._changing = threading.Lock()

    def add(self, prompt_id: str) -> None:
        """This prompt's row may go: now, if enough have come together."""
        with self._changing:
            if not self._ids:
                self._since = time.monotonic()
            self._ids.append(prompt_id)
            waits = len(self._ids) < self.MOST and time.monotonic() - self._since < self.LONGEST_S
        if not waits:
            self.flush()

    def flush(self) -> None:
        """Tells the node now."""
        with self._changing:
            ids, self._ids = self._ids, []
        if ids:
            self._client.forget(*ids)


@dataclass(frozen=True)
class NodeLink:
    """This process's one client and one event stream to a node, and what it may forget; shared by its threads."""

    client: ComfyClient
    stream: NodeStream
    ended: Ended


def link_to(url: str) -> NodeLink:
    """The link to the node at `url`, made when first asked for."""
    with _lock:
        if url not in _links:
            client = ComfyClient(url, connect_timeout=settings.CONFIG.connect_timeout_seconds)
            _links[url] = NodeLink(client, NodeStream(url), Ended(client))
        return _links[url]


def tidy_links() -> None:
    """Tells every node what it need not remember any more: for threads that have nothing else to do."""
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
