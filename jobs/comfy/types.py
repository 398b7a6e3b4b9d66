"""Plain values that cross the border of this package."""

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
    """What `/system_stats` says; memory in bytes, None where the node does not tell."""

    version: str
    device: str
    vram_total: int | None
    vram_free: int | None
    is_cpu: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What `/object_info` offers: node classes, and every file name in a loader's choice list."""

    classes: frozenset[str]
    models: frozenset[str]


@dataclass(frozen=True, slots=True)
class NodeQueue:
    """Ids of the prompts of every client: what runs (at most one) and what waits, next one first."""

    running: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptState:
    """Where a prompt stands on its node. Outputs are keyed by graph node id; times are the node's clock, ms since 1970."""

    status: PromptStatus
    outputs: Mapping[str, tuple[OutputFile, ...]] = field(default_factory=dict)
    error: ComfyError | None = None
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
