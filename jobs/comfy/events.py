"""The events that a node sends about one prompt on its WebSocket.

`parse_text` and `parse_binary` return None for messages without use to a prompt's watcher: `status` (about
all clients), `progress_state` (repeats `executing` and `progress`), old preview frames (without a prompt id)
and unknown types.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from jobs.comfy.answers import LONGEST_NAME, read_files, read_int
from jobs.comfy.errors import ComfyError
from jobs.comfy.failures import execution_error
from jobs.comfy.previews import PreviewFile, read_preview
from jobs.comfy.reading import parse_json, read_text
from jobs.comfy.types import OutputFile

PREVIEW_WITH_METADATA = 4
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one prompt."""

    prompt_id: str


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The node began to run the prompt. `timestamp_ms` is on the node's clock, in ms since 1970."""

    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Cached(Event):
    """These graph nodes will not run, because the node has their results in its cache."""

    nodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Executing(Event):
    """A graph node starts."""

    node: str


@dataclass(frozen=True, slots=True)
class NodeProgress(Event):
    """A graph node is at step `value` of `max`."""

    node: str
    value: float
    max: float


@dataclass(frozen=True, slots=True)
class Executed(Event):
    """An output node has written its files."""

    node: str
    files: tuple[OutputFile, ...]


@dataclass(frozen=True, slots=True)
class Preview(Event):
    """A small picture of the work so far."""

    picture: PreviewFile


@dataclass(frozen=True, slots=True)
class Succeeded(Event):
    """All outputs are written. `timestamp_ms` is as in `Started`.

    The prompt has not ended yet: it is in the history only from `Finished` on.
    """

    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The prompt has ended in any way (`executing` with node null); `ComfyClient.find` says how."""


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """A graph node raised an exception; `Finished` follows."""

    error: ComfyError


@dataclass(frozen=True, slots=True)
class InterruptedEvent(Event):
    """The prompt was stopped at a node or step boundary; `Finished` follows."""


@dataclass(frozen=True, slots=True)
class ConnectionLost(Event):
    """The socket that the prompt was posted for is gone: no more events will come, so poll over HTTP."""


def parse_text(message: str) -> Event | None:
    """Parses one text message. Never raises, not even for malformed input."""
    try:
        body = parse_json(message.encode(errors="replace")) or {}
        data = body["data"]
        prompt_id = data["prompt_id"]
        return READERS[body["type"]](prompt_id, data) if isinstance(prompt_id, str) else None
    except MALFORMED:
        return None


def parse_binary(frame: bytes) -> Event | None:
    """Parses one binary frame as a Preview. Never raises, not even for malformed input.

    What the frame says about the picture's type is ignored.

    Layout: the number 4 and the length of the JSON (both 32 bits, big-endian), the JSON, the picture.
    """
    if int.from_bytes(frame[:4]) != PREVIEW_WITH_METADATA or len(frame) < 8:
        return None
    end = 8 + int.from_bytes(frame[4:8])
    meta = parse_json(frame[8:end]) or {}
    prompt_id, picture = meta.get("prompt_id"), read_preview(frame[end:])
    return Preview(prompt_id, picture) if isinstance(prompt_id, str) and picture else None


def _read_executing(prompt_id: str, data: dict[str, Any]) -> Event:
    node = data["node"]
    return Finished(prompt_id) if node is None else Executing(prompt_id, _name(node))


def _read_progress(prompt_id: str, data: dict[str, Any]) -> Event:
    value, most = float(data["value"]), float(data["max"])
    if not (isfinite(value) and isfinite(most)):
        raise ValueError("no numbers")
    return NodeProgress(prompt_id, _name(data["node"]), value, most)


def _name(node: object) -> str:
    """The id of a graph node."""
    return read_text(node, LONGEST_NAME)


def _timestamp(data: dict[str, Any]) -> int | None:
    return read_int(data.get("timestamp"))


READERS: dict[str, Callable[[str, dict[str, Any]], Event]] = {
    "execution_start": lambda prompt_id, data: Started(prompt_id, _timestamp(data)),
    "execution_success": lambda prompt_id, data: Succeeded(prompt_id, _timestamp(data)),
    "execution_cached": lambda prompt_id, data: Cached(prompt_id, frozenset(map(_name, data["nodes"]))),
    "executing": _read_executing,
    "progress": _read_progress,
    "executed": lambda prompt_id, data: Executed(
        prompt_id, _name(data["node"]), tuple(read_files(data.get("output")))
    ),
    "execution_error": lambda prompt_id, data: Failed(prompt_id, execution_error(data)),
    "execution_interrupted": lambda prompt_id, data: InterruptedEvent(prompt_id),
}
