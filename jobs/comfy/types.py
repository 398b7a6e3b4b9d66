"""The plain values that this package takes and returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jobs.comfy.errors import ComfyError

PromptStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
Graph = Mapping[str, Mapping[str, Any]]
"""ComfyUI's API format: node id → {"class_type": str, "inputs": {name: literal or [node id, slot]}}."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file as ComfyUI names it; `type` is "output", "temp" or "input"."""

    filename: str
    subfolder: str
    type: str


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """Values from `/system_stats`; memory is in bytes, None if the node does not report it."""

    version: str
    device: str
    vram_total: int | None
    vram_free: int | None
    is_cpu: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Values from `/object_info`: the node classes, and every file name in a loader's choice list."""

    classes: frozenset[str]
    models: frozenset[str]


@dataclass(frozen=True, slots=True)
class NodeQueue:
    """Prompt ids of all clients: the running one (at most one) and the waiting ones, next one first."""

    running: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A prompt of any client that the node has run, and how many seconds it took."""

    prompt_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PromptState:
    """The state of a prompt on its node.

    `outputs` is keyed by graph node id; times are on the node's clock, in ms since 1970.
    """

    status: PromptStatus
    outputs: Mapping[str, tuple[OutputFile, ...]] = field(default_factory=dict)
    error: ComfyError | None = None
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
