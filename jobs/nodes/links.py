from __future__ import annotations

import threading
from dataclasses import dataclass

from django.conf import settings

from jobs.comfy import ComfyClient, NodeStream

_links: dict[str, NodeLink] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class NodeLink:
    """This process's one client and one event stream to a node; shared by its threads."""

    client: ComfyClient
    stream: NodeStream


def link_to(url: str) -> NodeLink:
    """The link to the node at `url`, made when first asked for."""
    with _lock:
        if url not in _links:
            client = ComfyClient(url, connect_timeout=settings.CONFIG.connect_timeout_seconds)
            _links[url] = NodeLink(client, NodeStream(url))
        return _links[url]


def close_links() -> None:
    """Closes every connection of this process."""
    with _lock:
        for link in _links.values():
            link.stream.close()
            link.client.close()
        _links.clear()
