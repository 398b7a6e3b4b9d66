"""What a node says on its socket about one prompt.

`parse_text` and `parse_binary` return None for everything that tells a prompt's watcher nothing: `status` (all
tenants), `progress_state` (repeats `executing` and `progress`), legacy preview frames (no prompt id) and kinds not known yet.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.comfy.answers import read_files, read_int
from jobs.comfy.errors import ComfyError
from jobs.comfy.failures import execution_error
from jobs.comfy.types import OutputFile

PREVIEW_WITH_METADATA = 4


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one prompt."""

    prompt_id: str


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The node's worker took the prompt; the node's clock, ms since 1970."""

    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Cached(Event):
    """These graph nodes will not run, their results are at hand."""

    nodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Executing(Event):
    """A graph node begins."""

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
    """A small picture of the work so far, encoded as `mime`."""

    image: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Succeeded(Event):
    """Every output is written. Not yet the end: the history has the prompt only at `Finished`. Times as in `Started`."""

    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The prompt has ended, whichever way (`executing` with node null); `ComfyClient.find` says how."""


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """A graph node raised; `Finished` follows."""

    error: ComfyError


@dataclass(frozen=True, slots=True)
class InterruptedEvent(Event):
    """The prompt was stopped at a node or step boundary; `Finished` follows."""


@dataclass(frozen=True, slots=True)
class ConnectionLost(Event):
    """The socket under which the prompt was posted is gone: no more events will come, ask over HTTP."""


def parse_text(message: str) -> Event | None:
    """One text message as an event. Never raises on what a server may send."""
    try:
        body = json.loads(message)
        data = body["data"]
        prompt_id = data["prompt_id"]
        return READERS[body["type"]](prompt_id, data) if isinstance(prompt_id, str) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def parse_binary(frame: bytes) -> Event | None:
    """One binary frame as a Preview: big-endian 4 | length | JSON | picture. Never raises on what a server may send."""
    if int.from_bytes(frame[:4]) != PREVIEW_WITH_METADATA or len(frame) < 8:
        return None
    end = 8 + int.from_bytes(frame[4:8])
    try:
        meta = json.loads(frame[8:end])
        prompt_id, mime = meta["prompt_id"], meta.get("image_type", "image/jpeg")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(prompt_id, str) or len(frame) <= end:
        return None
    return Preview(prompt_id, frame[end:], str(mime))


def _read_executing(prompt_id: str, data: dict[str, Any]) -> Event:
    node = data["node"]
    return Finished(prompt_id) if node is None else Executing(prompt_id, str(node))


def _read_progress(prompt_id: str, data: dict[str, Any]) -> Event:
    return NodeProgress(prompt_id, str(data["node"]), float(data["value"]), float(data["max"]))


def _timestamp(data: dict[str, Any]) -> int | None:
    return read_int(data.get("timestamp"))


READERS: dict[str, Callable[[str, dict[str, Any]], Event]] = {
    "execution_start": lambda prompt_id, data: Started(prompt_id, _timestamp(data)),
    "execution_success": lambda prompt_id, data: Succeeded(prompt_id, _timestamp(data)),
    "execution_cached": lambda prompt_id, data: Cached(prompt_id, frozenset(map(str, data["nodes"]))),
    "executing": _read_executing,
    "progress": _read_progress,
    "executed": lambda prompt_id, data: Executed(
        prompt_id, str(data["node"]), tuple(read_files(data.get("output")))
    ),
    "execution_error": lambda prompt_id, data: Failed(prompt_id, execution_error(data)),
    "execution_interrupted": lambda prompt_id, data: InterruptedEvent(prompt_id),
}
