"""Messages to clients: events as JSON text, pictures and texts as binary frames."""

import io
import json
import struct
import time
from typing import Any, Protocol

import PIL.Image

from jobs.cpu_node.nodes.arrays import Picture
from jobs.cpu_node.nodes.save import eight_bit
from jobs.cpu_node.prompts import Prompt

# Kinds of binary frames, big-endian.
_PREVIEW, _TEXT, _PREVIEW_WITH_METADATA = 1, 3, 4
_JPEG = 1
_PREVIEW_SIZE = 512


class Outlet(Protocol):
    """Sends messages to one client, or (None) to every socket. Callable from any thread."""

    def send(self, message: str | bytes, client_id: str | None) -> None: ...

    def wants_metadata(self, client_id: str | None) -> bool:
        """Whether that client negotiated previews that name their prompt and node."""
        ...


class Silence:
    """An outlet that discards every message."""

    def send(self, message: str | bytes, client_id: str | None) -> None:
        pass

    def wants_metadata(self, client_id: str | None) -> bool:
        return False


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def event(kind: str, data: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "data": data})


def text_frame(node_id: str, text: str) -> bytes:
    name = node_id.encode()
    return struct.pack(">II", _TEXT, len(name)) + name + text.encode()


def legacy_preview(jpeg: bytes) -> bytes:
    return struct.pack(">II", _PREVIEW, _JPEG) + jpeg


def preview_frame(jpeg: bytes, prompt_id: str, node_id: str) -> bytes:
    about = {
        "node_id": node_id,
        "prompt_id": prompt_id,
        "display_node_id": node_id,
        "parent_node_id": None,
        "real_node_id": node_id,
        "image_type": "image/jpeg",
    }
    head = json.dumps(about).encode()
    return struct.pack(">II", _PREVIEW_WITH_METADATA, len(head)) + head + jpeg


def encode_preview(picture: Picture) -> bytes:
    """The first frame as a JPEG whose sides are at most 512 px."""
    image = PIL.Image.fromarray(eight_bit(picture[0]).copy())
    image.thumbnail((_PREVIEW_SIZE, _PREVIEW_SIZE))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=95)
    return stream.getvalue()


class ProgressBoard:
    """The state of every started node of one prompt. Each change sends all of them (`progress_state`).

    The JSON of unchanged nodes is cached: a long graph would encode the same entries again for every change.
    """

    def __init__(self, prompt: Prompt) -> None:
        self._prompt_id = prompt.id
        self._entries: dict[str, str] = {}
        self._values: dict[str, tuple[float, float]] = {}

    def set(self, node_id: str, value: float, total: float, state: str) -> str:
        """Record a node's state and return the message that reports it."""
        entry = {
            "value": value,
            "max": total,
            "state": state,
            "node_id": node_id,
            "prompt_id": self._prompt_id,
            "display_node_id": node_id,
            "parent_node_id": None,
            "real_node_id": node_id,
        }
        self._values[node_id] = value, total
        self._entries[node_id] = f"{json.dumps(node_id)}: {json.dumps(entry)}"
        nodes = ", ".join(self._entries.values())
        head = json.dumps(self._prompt_id)
        return f'{{"type": "progress_state", "data": {{"prompt_id": {head}, "nodes": {{{nodes}}}}}}}'

    def finish(self, node_id: str) -> str:
        total = self._values[node_id][1]
        return self.set(node_id, total, total, "finished")
